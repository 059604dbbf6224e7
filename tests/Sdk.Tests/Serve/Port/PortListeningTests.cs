using System.Net.Sockets;
using System.Runtime.Versioning;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Port;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

/// <summary>Where the port listens, and what happens when it cannot.</summary>
public sealed class PortListeningTests
{
    private static readonly PortLimits _eager = new() { FirstRetry = TimeSpan.FromMilliseconds(50), LongestRetry = TimeSpan.FromMilliseconds(100) };

    [Fact]
    public async Task A_taken_port_is_waited_for()
    {
        using var taken = TestPort.Taken(out var number);
        using var port = new TestPort(_eager, where: new DiagnosticsPortOptions { Port = number });
        Assert.Null(port.Port.BoundPort);
        Assert.Contains("taken by another process", Assert.Single(port.Port.States), StringComparison.Ordinal);
        Assert.Contains("the application is not affected", Assert.Single(port.Told), StringComparison.Ordinal);
        taken.Dispose();
        await Eventually.Until(() => port.Port.BoundPort == number);
        Assert.Equal($"127.0.0.1:{number}: listening", Assert.Single(port.Port.States));
        Assert.Equal(200, port.Get("/debug/pprof/status").Status);
        await Eventually.Until(() => port.Told.Count == 2);
    }

    [Fact]
    public void The_same_port_can_be_listened_on_again_at_once()
    {
        int number;
        using (var first = new TestPort())
        {
            number = first.Port.BoundPort!.Value;
            Assert.Contains($"listening, port {number}", Assert.Single(first.Port.States), StringComparison.Ordinal);
            Assert.Equal(200, first.Get("/debug/pprof/status").Status);
        }

        using var second = new TestPort(where: new DiagnosticsPortOptions { Port = number });
        Assert.Equal(number, second.Port.BoundPort);
        Assert.Equal(200, second.Get("/debug/pprof/status").Status);
    }

    [Theory]
    [InlineData("not an address")]
    [InlineData("192.0.2.1")]
    public void An_address_that_cannot_be_listened_on_fails_nobody(string address)
    {
        using var port = new TestPort(_eager, where: new DiagnosticsPortOptions { Port = 0, Address = address });
        Assert.Null(port.Port.BoundPort);
        Assert.Contains("not listening", Assert.Single(port.Port.States), StringComparison.Ordinal);
        Assert.Single(port.Told);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("*")]
    public void Another_address_without_a_token_is_said_to_be_open(string address)
    {
        using var port = new TestPort(where: new DiagnosticsPortOptions { Port = 0, Address = address });
        Assert.Contains("without a token", Assert.Single(port.Port.States), StringComparison.Ordinal);
        using var client = port.Connect();
        Assert.Equal(200, client.Send("GET /debug/pprof/ HTTP/1.1\r\nHost: 10.1.2.3:6060\r\n\r\n").Read()!.Status);
        Assert.Equal(404, client.Send("GET /debug/pprof/ HTTP/1.1\r\nHost: app:6060\r\n\r\n").Read()!.Status);
        using var safe = new TestPort(options: new ServeOptions { Token = "secret" }, where: new DiagnosticsPortOptions { Port = 0, Address = address });
        Assert.DoesNotContain("without", Assert.Single(safe.Port.States), StringComparison.Ordinal);
    }

    [Fact, UnsupportedOSPlatform("windows")]
    public void A_unix_socket_is_for_its_user_alone()
    {
        var path = Path.Combine(Path.GetTempPath(), $"selfprofiler-{Guid.NewGuid():n}.sock");
        using (var port = new TestPort(where: new DiagnosticsPortOptions { Socket = path }))
        {
            Assert.Equal($"{path}: listening", Assert.Single(port.Port.States));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            using var client = new RawClient(new UnixDomainSocketEndPoint(path));
            Assert.Equal(200, client.Send(RawClient.Get("/debug/pprof/")).Read()!.Status);
            Assert.Equal(404, client.Send(RawClient.Get("/debug/pprof/", "X-Real-IP: 10.0.0.7\r\n")).Read()!.Status);

            // Somebody listens: a second one waits and does not take the file away.
            using var second = new TestPort(_eager, where: new DiagnosticsPortOptions { Socket = path });
            Assert.Contains("somebody listens", Assert.Single(second.Port.States), StringComparison.Ordinal);
            second.Port.Stop(TimeSpan.FromSeconds(5));
            Assert.True(File.Exists(path));

            // Nor do its attempts to connect cost the client its connection: there were threads enough.
            Assert.Equal(200, client.Send(RawClient.Get("/debug/pprof/")).Read()!.Status);
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public void An_abandoned_unix_socket_is_replaced_and_other_files_are_not()
    {
        var path = Path.Combine(Path.GetTempPath(), $"selfprofiler-{Guid.NewGuid():n}.sock");
        try
        {
            // A socket that is bound and never closed in order: its file stays when the descriptor goes.
            using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
            {
                killed.Bind(new UnixDomainSocketEndPoint(path));
                File.Move(path, path + ".kept");
            }

            File.Move(path + ".kept", path);
            using (var port = new TestPort(where: new DiagnosticsPortOptions { Socket = path }))
            {
                Assert.Equal($"{path}: listening", Assert.Single(port.Port.States));
            }

            File.WriteAllText(path, "precious");
            using (var port = new TestPort(_eager, where: new DiagnosticsPortOptions { Socket = path }))
            {
                Assert.Contains("not a socket", Assert.Single(port.Port.States), StringComparison.Ordinal);
            }

            Assert.Equal("precious", File.ReadAllText(path));
            File.Delete(path);
            File.CreateSymbolicLink(path, "/dev/null");
            using (var port = new TestPort(_eager, where: new DiagnosticsPortOptions { Socket = path }))
            {
                Assert.Contains("not a socket", Assert.Single(port.Port.States), StringComparison.Ordinal);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Port_and_socket_may_be_listened_on_together()
    {
        var path = Path.Combine(Path.GetTempPath(), $"selfprofiler-{Guid.NewGuid():n}.sock");
        using var port = new TestPort(where: new DiagnosticsPortOptions { Port = 0, Socket = path });
        Assert.Equal(2, port.Port.States.Count());
        Assert.Equal(200, port.Get("/debug/pprof/status").Status);
        using var client = new RawClient(new UnixDomainSocketEndPoint(path));
        Assert.Equal(200, client.Send(RawClient.Get("/debug/pprof/status")).Read()!.Status);
    }
}

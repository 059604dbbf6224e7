using System.Globalization;
using System.Net;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Fronts;

/// <summary>A real nginx with nothing but <c>proxy_pass</c>, where there is one; <see cref="DoorTests"/> has what it sends.</summary>
public sealed class NginxTests(Doors doors) : IClassFixture<Doors>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "nginx")).FirstOrDefault(File.Exists);

    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://app")]
    [InlineData("http://unix:{1}")]
    public async Task Behind_it_nobody_sees_anything(string pass)
    {
        Assert.SkipWhen(Program is null && Environment.GetEnvironmentVariable("CI") != "true", "nginx is not installed");
        string folder = Directory.CreateDirectory(Path.Combine(doors.Folder, Guid.NewGuid().ToString("n"))).FullName;
        string socket = Path.Combine(folder, "in.sock");
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), $$"""
            pid {{folder}}/pid; error_log stderr; daemon off; master_process off;
            events { }
            http {
              access_log off;
              client_body_temp_path {{folder}}/a; proxy_temp_path {{folder}}/b; fastcgi_temp_path {{folder}}/c; uwsgi_temp_path {{folder}}/d; scgi_temp_path {{folder}}/e;
              upstream app { server 127.0.0.1:{{doors.Plain}}; }
              server { listen unix:{{socket}}; location / { proxy_pass {{string.Format(CultureInfo.InvariantCulture, pass, doors.Plain, doors.UnixSocket)}}; } }
            }
            """);
        await using var nginx = ChildProcess.Start(Program!, ["-c", Path.Combine(folder, "nginx.conf"), "-p", folder]);
        await Eventually.Until(() => Listens(socket) || nginx.HasExited, Deadline);
        Assert.False(nginx.HasExited, nginx.Output);

        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                await connection.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(socket), cancellationToken);
                return new System.Net.Sockets.NetworkStream(connection, ownsSocket: true);
            },
        })
        {
            Timeout = Deadline,
        };
        Assert.Equal("the application", await client.GetStringAsync("http://localhost/"));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("http://localhost/debug/pprof/")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("http://localhost/debug/pprof/profile?seconds=1")).StatusCode);
    }

    // The file is there a moment before it can be connected to.
    private static bool Listens(string path)
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        try
        {
            socket.Connect(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}

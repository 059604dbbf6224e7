using System.Net;
using System.Net.Sockets;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Port;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

/// <summary>A diagnostics port on any free port of this machine, in front of a <see cref="FakeEngine"/>.</summary>
internal sealed class TestPort : IDisposable
{
    public TestPort(PortLimits? limits = null, ServeOptions? options = null, Func<ServedProfiler, ServedProfiler>? change = null, DiagnosticsPortOptions? where = null)
    {
        Handler = Engine.Handler(options, change);
        Port = new DiagnosticsPort(Handler, where ?? new DiagnosticsPortOptions { Port = 0 }, limits ?? new PortLimits(), Told.Add, Thread);
        Port.Start();
    }

    public FakeEngine Engine { get; } = new();

    public PprofHandler Handler { get; }

    public DiagnosticsPort Port { get; }

    public List<string> Told { get; } = [];

    /// <summary>Ids of the port's threads now.</summary>
    public HashSet<int> Threads { get; } = [];

    public RawClient Connect() => RawClient.To(Port.BoundPort!.Value);

    public RawResponse Get(string target, string headers = "", string method = "GET")
    {
        using var client = Connect();
        return client.Send(RawClient.Get(target, headers, method)).Read(method == "HEAD")!;
    }

    public void Dispose() => Port.Stop(TimeSpan.FromSeconds(10));

    /// <summary>A port that was free a moment ago.</summary>
    public static Socket Taken(out int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }

    private void Thread(int id, bool running)
    {
        lock (Threads)
        {
            _ = running ? Threads.Add(id) : Threads.Remove(id);
        }
    }
}

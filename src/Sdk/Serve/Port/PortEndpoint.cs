using System.Net;
using System.Net.Sockets;

namespace SelfProfiler.Serve.Port;

/// <summary>Where to listen: a TCP address or a Unix socket.</summary>
internal sealed record PortEndpoint
{
    private const int Backlog = 512;

    /// <summary>For people: <c>127.0.0.1:6060</c>, <c>/run/app/profiler.sock</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Gives a listening socket, or throws.</summary>
    public required Func<Socket> Listen { get; init; }

    /// <summary>Reachable from beyond this machine, as its owner chose.</summary>
    public bool ChosenAddress { get; init; }

    /// <summary>Of all connections, where they have no address of their own.</summary>
    public EndPoint? Peer { get; init; }

    public static PortEndpoint Tcp(string address, int port)
    {
        // The mistake shows when the listener starts, as a state, not as an exception at start-up.
        var parsed = address == "localhost" ? IPAddress.Loopback : address == "*" ? IPAddress.IPv6Any : IPAddress.TryParse(address, out var ip) ? ip : null;
        return new PortEndpoint
        {
            Name = parsed?.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{parsed}]:{port}" : $"{parsed?.ToString() ?? address}:{port}",
            ChosenAddress = parsed is not null && !IPAddress.IsLoopback(parsed),
            Listen = () => ListenTcp(parsed ?? throw new FormatException("ContinuousProfiling:DiagnosticsAddress is not an IP address"), port),
        };
    }

    public static PortEndpoint Unix(string path) => new()
    {
        Name = path,
        Peer = new UnixDomainSocketEndPoint("unix"), // a path may be too long for one, which shows when it listens
        Listen = () => UnixSocketFile.Listen(path, Backlog),
    };

    private static Socket ListenTcp(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            socket.Blocking = false;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

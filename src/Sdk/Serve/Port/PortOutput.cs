using System.Net.Sockets;

namespace SelfProfiler.Serve.Port;

/// <summary>The client took too long to read, or is gone. Ends the connection, and whatever is being written to it.</summary>
internal sealed class ClientGoneException(bool slow) : IOException("The client went away.")
{
    /// <summary>It was there but did not read.</summary>
    public bool Slow => slow;
}

/// <summary>The bytes of a connection on their way out: sends without blocking, waits with poll, and bounds the time a client may keep us waiting in all.</summary>
internal sealed class PortOutput(Socket socket, PortLimits limits)
{
    /// <summary>The system call takes 35 minutes at most; after some megabytes a client has earned more.</summary>
    private static readonly TimeSpan _longestPoll = TimeSpan.FromMinutes(1);

    // Owned by the connection's worker.
    private TimeSpan _waited;
    private long _sent;

    /// <summary>A new answer begins: the client's account is cleared.</summary>
    public void Begin()
    {
        _waited = TimeSpan.Zero;
        _sent = 0;
    }

    /// <exception cref="ClientGoneException">It will not take it.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var count = socket.Send(bytes, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock && count <= 0)
            {
                Wait();
                continue;
            }

            if (error is not (SocketError.Success or SocketError.WouldBlock))
            {
                throw new ClientGoneException(slow: false);
            }

            _sent += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Only time spent on a full socket counts: a slow profile is not a slow client.</summary>
    private void Wait()
    {
        var left = limits.Send + TimeSpan.FromSeconds(_sent / (double)limits.SlowestBytesPerSecond) - _waited;
        if (left <= TimeSpan.Zero)
        {
            throw new ClientGoneException(slow: true);
        }

        var deadline = Deadline.After(left);
        _ = socket.Poll(left < _longestPoll ? left : _longestPoll, SelectMode.SelectWrite);
        _waited += deadline.Age;
    }
}

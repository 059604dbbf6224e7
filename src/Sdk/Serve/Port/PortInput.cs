using System.Net.Sockets;

namespace SelfProfiler.Serve.Port;

/// <summary>The bytes of a connection on their way in: waits with poll, reads without blocking, keeps what belongs to the next request.</summary>
internal sealed class PortInput(Socket socket, PortLimits limits)
{
    // Owned by the connection's worker.
    private byte[] _buffer = new byte[2 * 1024];
    private int _start;
    private int _end;

    public enum Outcome
    {
        Got,
        Closed,
        TooSlow,
    }

    public ReadOnlySpan<byte> Available => _buffer.AsSpan(_start, _end - _start);

    public bool IsEmpty => _start == _end;

    public void Consume(int count) => _start += count;

    /// <summary>Waits for the first byte of something; what is there already counts.</summary>
    public Outcome Wait(Deadline deadline) => IsEmpty ? Fill(deadline) : Outcome.Got;

    /// <summary>Adds at least one byte to <see cref="Available"/>.</summary>
    public Outcome Fill(Deadline deadline)
    {
        MakeRoom();
        while (true)
        {
            var count = socket.Receive(_buffer.AsSpan(_end), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                var left = deadline.Remaining;
                if (left <= TimeSpan.Zero)
                {
                    return Outcome.TooSlow;
                }

                // True also when the other end closed: the next receive tells which.
                _ = socket.Poll(left, SelectMode.SelectRead);
                continue;
            }

            if (error != SocketError.Success || count == 0)
            {
                return Outcome.Closed;
            }

            _end += count;
            return Outcome.Got;
        }
    }

    private void MakeRoom()
    {
        if (IsEmpty)
        {
            (_start, _end) = (0, 0);
        }
        else if (_end == _buffer.Length && _start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            // Readers give up before: heads at their limit, bodies take what is there.
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, limits.HeadBytes * 2));
        }
    }
}

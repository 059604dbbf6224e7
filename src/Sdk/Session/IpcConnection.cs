using System.Text;

namespace SelfProfiler.Session;

/// <summary>One connection to the runtime's diagnostics socket, with a deadline on every call.</summary>
/// <remarks>Waits in short slices, so that a deadline that is brought forward (the process stops) is obeyed.</remarks>
internal sealed unsafe class IpcConnection : IDisposable
{
    private const int SliceMilliseconds = 50;

    private int _descriptor;

    private IpcConnection(int descriptor) => _descriptor = descriptor;

    public static IpcConnection? TryOpen(string path, Deadline deadline, out SessionFailure? failure)
    {
        failure = null;
        int descriptor = Posix.OpenSocket();
        if (descriptor < 0)
        {
            failure = new SessionFailure(FailureReason.ConnectFailed, $"No socket could be opened (errno {Posix.Error}): raise the limit of open files.");
            return null;
        }

        Posix.SetTimeouts(descriptor, deadline.Left);
        byte[] address = Encoding.UTF8.GetBytes(path);
        int error;
        do
        {
            error = Posix.ConnectUnix(descriptor, address) == 0 ? 0 : Posix.Error;
        }
        while (error == Posix.Interrupted && !deadline.HasPassed);
        if (error == 0)
        {
            return new IpcConnection(descriptor);
        }

        _ = Posix.Close(descriptor);
        failure = Explain(path, error);
        return null;
    }

    public bool TrySend(ReadOnlySpan<byte> message, Deadline deadline)
    {
        while (message.Length > 0 && !deadline.HasPassed)
        {
            nint sent = Posix.Send(_descriptor, message);
            if (sent < 0 && Posix.Error != Posix.Interrupted)
            {
                return false;
            }

            message = message[(int)Math.Max(0, sent)..];
        }

        return message.Length == 0;
    }

    /// <summary>Fills the buffer. False: the deadline passed or the other side closed.</summary>
    public bool TryReceive(Span<byte> buffer, Deadline deadline)
    {
        while (buffer.Length > 0)
        {
            if (deadline.HasPassed)
            {
                return false;
            }

            if (!Posix.WaitReadable(_descriptor, (int)Math.Clamp(deadline.Left.TotalMilliseconds + 1, 1, SliceMilliseconds)))
            {
                continue;
            }

            fixed (byte* start = buffer)
            {
                nint received = Posix.ReceiveNow(_descriptor, start, buffer.Length);
                if (received == 0 || (received < 0 && Posix.Error is not (Posix.TryAgain or Posix.Interrupted)))
                {
                    return false;
                }

                buffer = buffer[(int)Math.Max(0, received)..];
            }
        }

        return true;
    }

    /// <summary>Hands the descriptor to the caller, who closes it.</summary>
    public int Release()
    {
        int descriptor = _descriptor;
        _descriptor = -1;
        return descriptor;
    }

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Posix.Close(_descriptor);
            _descriptor = -1;
        }
    }

    private static SessionFailure Explain(string path, int error) => error switch
    {
        Posix.NoSuchFile => new(FailureReason.ConnectFailed, $"The runtime's diagnostics socket {path} was deleted: keep temp cleaners away from it and restart."),
        Posix.AccessDenied => new(FailureReason.ConnectFailed, $"The runtime's diagnostics socket {path} may not be opened: run the process as the user that started it."),
        Posix.ConnectionRefused => new(FailureReason.ConnectFailed, $"Nobody listens on the runtime's diagnostics socket {path}: restart the process."),
        Posix.TryAgain => new(FailureReason.TimedOut, "The runtime's diagnostics server does not take connections: another diagnostic tool may keep it busy."),
        _ => new(FailureReason.ConnectFailed, $"The runtime's diagnostics socket {path} could not be connected to (errno {error})."),
    };
}

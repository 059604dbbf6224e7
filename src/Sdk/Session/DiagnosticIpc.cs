namespace SelfProfiler.Session;

/// <summary>A session the runtime has started: its id and the descriptor its stream comes from, or why there is none.</summary>
internal readonly record struct StartAnswer(ulong Session, int Descriptor, SessionFailure? Failure);

/// <summary>Starts and stops EventPipe sessions of this process through the runtime's diagnostics socket. Blocking, no .NET sockets.</summary>
/// <remarks>Used by one thread. The runtime serves one command at a time, so there would be nothing to gain from more.</remarks>
internal sealed class DiagnosticIpc
{
    private readonly DiagnosticSocket _socket;

    // The newest command the runtime knows; lowered once when it does not.
    private byte _collect = IpcMessage.CollectTracing5;

    public DiagnosticIpc(DiagnosticSocket socket) => _socket = socket;

    /// <summary>Whether the runtime filters by event id.</summary>
    public bool FiltersEvents => _collect == IpcMessage.CollectTracing5;

    public StartAnswer Start(SessionDefinition definition, Deadline deadline)
    {
        while (true)
        {
            byte version = _collect;
            var answer = Start(IpcMessage.Collect(definition, version), deadline, out uint error);
            if (error != IpcMessage.UnknownCommand || version == IpcMessage.CollectTracing2)
            {
                return answer;
            }

            _collect = version == IpcMessage.CollectTracing5 ? IpcMessage.CollectTracing4 : IpcMessage.CollectTracing2;
        }
    }

    /// <summary>Returns when the runtime has sent the whole stream: somebody else must be reading it. Null: stopped.</summary>
    public SessionFailure? Stop(ulong session, Deadline deadline)
    {
        using var connection = SendStop(session, deadline, out var failure);
        return failure ?? AwaitStopped(connection!, deadline);
    }

    /// <summary>Sends the stop only, for a caller that reads the stream itself before it calls <see cref="AwaitStopped"/>.</summary>
    public IpcConnection? SendStop(ulong session, Deadline deadline, out SessionFailure? failure) =>
        Send(IpcMessage.Stop(session), deadline, out failure);

    public static SessionFailure? AwaitStopped(IpcConnection connection, Deadline deadline)
    {
        _ = Receive(connection, deadline, out uint error, out var failure);
        return failure ?? (error == 0 ? null : Refused(error));
    }

    private StartAnswer Start(byte[] message, Deadline deadline, out uint error)
    {
        error = 0;
        using var connection = Send(message, deadline, out var failure);
        if (connection is null)
        {
            return new StartAnswer(0, -1, failure);
        }

        ulong session = Receive(connection, deadline, out error, out failure);
        failure ??= error == 0 ? null : Refused(error);
        return failure is null ? new StartAnswer(session, connection.Release(), null) : new StartAnswer(0, -1, failure);
    }

    private IpcConnection? Send(byte[] message, Deadline deadline, out SessionFailure? failure)
    {
        if (_socket.Path is null)
        {
            failure = _socket.Failure;
            return null;
        }

        var connection = IpcConnection.TryOpen(_socket.Path, deadline, out failure);
        if (connection is not null && !connection.TrySend(message, deadline))
        {
            connection.Dispose();
            connection = null;
            failure = new SessionFailure(FailureReason.TimedOut, "The runtime did not take a diagnostic command: another diagnostic tool may keep it busy.");
        }

        return connection;
    }

    private static ulong Receive(IpcConnection connection, Deadline deadline, out uint error, out SessionFailure? failure)
    {
        error = 0;
        Span<byte> header = stackalloc byte[IpcMessage.HeaderBytes];
        if (!connection.TryReceive(header, deadline))
        {
            failure = NoAnswer(deadline);
            return 0;
        }

        Span<byte> payload = stackalloc byte[64];
        int length = IpcMessage.PayloadLength(header);
        if (length is < 0 or > 64)
        {
            failure = new SessionFailure(FailureReason.Protocol, "The runtime's answer is not of the known diagnostics protocol: this version of the runtime is not supported.");
            return 0;
        }

        if (!connection.TryReceive(payload[..length], deadline))
        {
            failure = NoAnswer(deadline);
            return 0;
        }

        failure = IpcMessage.TryReadAnswer(header, payload[..length], out ulong session, out error)
            ? null
            : new SessionFailure(FailureReason.Protocol, "The runtime's answer was not understood: this version of the runtime is not supported.");
        return session;
    }

    private static SessionFailure NoAnswer(Deadline deadline) => deadline.HasPassed
        ? new(FailureReason.TimedOut, "The runtime did not answer a diagnostic command in time: the machine may be overloaded, or another diagnostic tool keeps the runtime busy.")
        : new(FailureReason.Protocol, "The runtime closed the connection without an answer.");

    private static SessionFailure Refused(uint error) => error == IpcMessage.UnknownCommand
        ? new(FailureReason.NotSupported, "This version of the runtime does not know the command that starts a session.")
        : new(FailureReason.Refused, $"The runtime refused a session (0x{error:X8}): all of its 64 sessions are probably taken, end other diagnostic tools.");
}

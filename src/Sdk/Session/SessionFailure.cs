namespace SelfProfiler.Session;

/// <summary>What kept a session from running.</summary>
internal enum FailureReason
{
    /// <summary>This operating system or this form of the runtime has no way to attach to itself.</summary>
    NotSupported,

    /// <summary>An environment variable switched diagnostics off.</summary>
    DiagnosticsOff,

    /// <summary>The runtime has no socket: its temp directory could not be written when it started.</summary>
    NoSocket,

    /// <summary>The socket is there but could not be connected to.</summary>
    ConnectFailed,

    /// <summary>The runtime did not answer in time.</summary>
    TimedOut,

    /// <summary>All session slots of the runtime are taken, or it has no memory for another.</summary>
    Refused,

    /// <summary>The runtime's answer was not understood.</summary>
    Protocol,

    /// <summary>The stream ended although nobody stopped it.</summary>
    StreamEnded,

    /// <summary>Nothing arrived for longer than this session is ever silent.</summary>
    Stalled,

    /// <summary>The reader of the stream threw again and again, or could not make sense of it.</summary>
    ReaderFailed,

    /// <summary>The pump took no more sources.</summary>
    PumpFull,

    /// <summary>The runtime would keep more and more memory for it.</summary>
    Leaks,
}

/// <summary>Why a session does not run: for programs and for people.</summary>
/// <param name="Reason">For programs.</param>
/// <param name="Sentence">One sentence: what is missing and what to do.</param>
internal sealed record SessionFailure(FailureReason Reason, string Sentence)
{
    /// <summary>Trying again cannot help in this process.</summary>
    public bool IsFinal => Reason is FailureReason.NotSupported or FailureReason.DiagnosticsOff or FailureReason.NoSocket;
}

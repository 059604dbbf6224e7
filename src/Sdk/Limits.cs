namespace SelfProfiler;

/// <summary>The bounds of everything that grows, in one place. Each is counted where it is reached and shown in the status.</summary>
internal static class Limits
{
    /// <summary>Nodes of the stack tree (12 bytes each); new stacks become <c>[overflow]</c>.</summary>
    public const int StackNodes = 262_144;

    /// <summary>Ended threads the runtime keeps memory of (600 bytes each) because sessions could not be renewed in time; beyond, such sessions stay off.</summary>
    public const int ForgottenThreads = 20_000;

    /// <summary>Rows of one kind in one window; beyond, samples lose their labels, then their stack.</summary>
    public const int WindowCells = 50_000;

    /// <summary>Rows of one kind in the table since process start; beyond, <c>[overflow]</c>.</summary>
    public const int CumulativeCells = 20_000;

    /// <summary>A recorded trace ends early beyond this, the list of methods at its end not counted.</summary>
    public const long TraceBytes = 1L << 30;

    /// <summary>Blocks of 64 KB of a trace that wait for its reader; then the runtime keeps what comes, and drops what it cannot keep.</summary>
    public const int TraceBlocks = 128;

    /// <summary>Commands waiting for the pump.</summary>
    public const int PumpCommands = 1_024;
}

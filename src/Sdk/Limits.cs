namespace SelfProfiler;

/// <summary>The bounds of the tables that grow with the application, in one place; what one stage alone has to bound is in its own: <c>LabelLimits</c>, <c>DecodeLimits</c>,
/// <c>ExportLimits</c>, <c>PortLimits</c>. Where one costs data it is counted, and shown in the status.</summary>
internal static class Limits
{
    /// <summary>Pieces of code that are known by name; further ones are not.</summary>
    public const int Methods = 200_000;

    /// <summary>Names of all those; a method whose name found no room has none.</summary>
    public const int MethodNameBytes = 16 << 20;

    /// <summary>Frames that names were made of, and methods: beyond, names are made anew.</summary>
    public const int Names = 50_000;

    /// <summary>Kernel events, inherited ones counted; where more were needed a scheme with fewer is chosen.</summary>
    public const int KernelEvents = 4_096;

    /// <summary>Locked memory for all rings of kernel samples together. Not less in a small container: the kernel does not charge rings to its memory, and smaller ones hold less of each stack.</summary>
    public const int KernelRingBytes = 4 << 20;

    /// <summary>Requests and threads of one period whose time is being explained; the time of further ones is dropped, and counted.</summary>
    public const int Balances = 65_536;

    /// <summary>Sets of labels in one answer; beyond, rows are not told apart by trace and span.</summary>
    public const int AnswerLabelSets = 200_000;

    /// <summary>Nodes of the stack tree (12 bytes each); new stacks become <c>[overflow]</c>.</summary>
    public const int StackNodes = 262_144;

    /// <summary>Ended threads the runtime keeps memory of (600 bytes each) because sessions could not be renewed in time; beyond, such sessions stay off.</summary>
    public const int ForgottenThreads = 20_000;

    /// <summary>Rows of one kind in one window; beyond, samples lose their labels, then their stack.</summary>
    public const int WindowCells = 50_000;

    /// <summary>Requests whose attributes a window keeps; samples of further ones keep their route alone.</summary>
    public const int WindowRequests = 2 * WindowCells;

    /// <summary>Rows of one kind in the table since process start; beyond, <c>[overflow]</c>.</summary>
    public const int CumulativeCells = 20_000;

    /// <summary>A recorded trace ends early beyond this, the list of methods at its end not counted.</summary>
    public const long TraceBytes = 1L << 30;

    /// <summary>Blocks of 64 KB of a trace that wait for its reader; then the runtime keeps what comes, and drops what it cannot keep.</summary>
    public const int TraceBlocks = 128;

    /// <summary>Commands waiting for the pump; further ones are refused.</summary>
    public const int PumpCommands = 256;

    /// <summary>More of them, if something would be wrong for good without one.</summary>
    public const int VitalPumpCommands = 64;
}

using SelfProfiler.Aggregate;

namespace SelfProfiler.History;

/// <summary>The columns of a packed window.</summary>
internal static class RowFormat
{
    public const int IdBytes = 24;

    /// <summary>Start after the one before in µs, duration + 1 in µs (0: not known), route, label set, status.</summary>
    public const int RequestColumns = 5;

    /// <summary>Number of rows; at the end what rounding has left of the values.</summary>
    public const int Head = 0;
    public const int Node = 1;
    public const int Request = 2;
    public const int Span = 3;
    public const int LabelSet = 4;
    public const int Route = 5;
    public const int Flags = 6;
    public const int Count = 7;
    public const int Value = 8;

    /// <summary>Spans that are not the first of their request.</summary>
    public const int SpanId = 9;
    public const int RowColumns = 10;

    /// <summary>In the flags of a CPU row: the same is a row of wall.</summary>
    public const int AlsoWall = 4;

    /// <summary>CPU and wall are estimates and are kept in µs; what is rounded off goes to the next row, so that sums stay exact.</summary>
    public static long UnitOf(ProfileKind kind) => kind is ProfileKind.Cpu or ProfileKind.Wall ? 1_000 : 1;

    /// <summary>The wall row that belongs to a CPU row.</summary>
    public static SampleKey WallKey(in SealedRow cpu) => new(
        cpu.Node, cpu.Label, cpu.Route, cpu.Label.IsNone && cpu.Route == 0 ? cpu.Flags | SampleFlags.Unlabelled : cpu.Flags);
}

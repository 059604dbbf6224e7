using System.Runtime.CompilerServices;
using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;

namespace SelfProfiler.History;

/// <summary>Says how much memory a sealed window takes: its arrays, by the sizes of their elements.</summary>
internal static class WindowSize
{
    /// <summary>The object and the headers of its arrays.</summary>
    private const long Fixed = 600;

    public static long Of(SealedWindow window)
    {
        long rows = 0;
        foreach (var kind in window.Rows)
        {
            rows += kind.Length;
        }

        return Fixed
            + (rows * Unsafe.SizeOf<SealedRow>())
            + (window.NodeParent.LongLength * 2 * sizeof(int))
            + (window.Frames.LongLength * Unsafe.SizeOf<FrameKey>())
            + (window.Requests.LongLength * Unsafe.SizeOf<RequestInfo>());
    }
}

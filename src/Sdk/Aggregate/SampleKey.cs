using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>Under what a sample is counted: a stack and what was current on the thread. Numbers only; strings are made at query.</summary>
/// <param name="Stack">Node of the <see cref="StackTrie"/>.</param>
/// <param name="Label">Request, span and extra labels; the request is none when the sample lost its trace id.</param>
/// <param name="Route">Known route of a sample without a request (after its end, or beyond a limit); else 0 and the request tells.</param>
/// <param name="Flags">See <see cref="SampleFlags"/>.</param>
internal readonly record struct SampleKey(int Stack, LabelRef Label, int Route, SampleFlags Flags);

[Flags]
internal enum SampleFlags
{
    None = 0,

    /// <summary>The work went on after its request had ended.</summary>
    AfterRequest = 1,

    /// <summary>Wall and waits of threads that worked for nobody known: shown only when all threads are asked for.</summary>
    Unlabelled = 2,

    /// <summary>Room for the number of the trigger whose boost was on; 0: none. 4 is the history's.</summary>
    TriggerMask = 0xF00,
}

internal static class SampleFlagsExtensions
{
    private const int Shift = 8;

    public static int Trigger(this SampleFlags flags) => (int)(flags & SampleFlags.TriggerMask) >> Shift;

    /// <param name="number">Below 16.</param>
    public static SampleFlags OfTrigger(int number) => (SampleFlags)(number << Shift) & SampleFlags.TriggerMask;
}

/// <summary>What is summed. Doubles, because sampled allocations and CPU weights are fractions; rounded when a window is sealed.</summary>
internal struct SampleValue
{
    public double Count;
    public double Value;
}

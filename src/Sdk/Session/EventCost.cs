using SelfProfiler.Diagnostics;

namespace SelfProfiler.Session;

/// <summary>What a sample costs the thread that writes its events, by the depth of its stack: measured, see docs/decisions/0003 and bench/EventCost.</summary>
internal static class EventCost
{
    /// <summary>An event whose session asks for no stacks.</summary>
    private const double WithoutStack = 300;

    /// <summary>Not measured by bench/EventCost: the kernel's own interrupt.</summary>
    private const double KernelSample = 2_000;

    private static readonly double[] _frames = [10, 25, 55, 100];

    // Nanoseconds at those depths. Waits and contention: both events of the pair, of which the first carries the stack.
    private static readonly double[] _allocation = [3_300, 5_300, 8_800, 14_900];
    private static readonly double[] _exception = [4_400, 6_000, 8_500, 15_300];
    private static readonly double[] _contention = [2_800, 4_100, 8_000, 9_400];
    // A frequent wait costs a fourth of a rare one: this is between the two.
    private static readonly double[] _wait = [3_700, 4_900, 8_100, 12_500];

    public static double Nanoseconds(CostSource source, double frames) => source switch
    {
        CostSource.Allocations => At(_allocation, frames),
        CostSource.Exceptions => At(_exception, frames),
        CostSource.Contention => At(_contention, frames),
        CostSource.Waits => At(_wait, frames),
        CostSource.Kernel => KernelSample,
        _ => WithoutStack,
    };

    // Straight lines between the measured depths and beyond them.
    private static double At(double[] costs, double frames)
    {
        int i = 1;
        while (i < _frames.Length - 1 && frames > _frames[i])
        {
            i++;
        }

        double slope = (costs[i] - costs[i - 1]) / (_frames[i] - _frames[i - 1]);
        return Math.Max(WithoutStack, costs[i - 1] + (slope * (frames - _frames[i - 1])));
    }
}

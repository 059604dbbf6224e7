using System.Numerics;

namespace SelfProfiler.Labels;

/// <summary>Durations in steps that are a sixteenth of their power of two: a percentile is off by 3 % at most, whatever its size.</summary>
internal sealed class LogLinearHistogram
{
    private const int StepBits = 4;
    private const int LeastBits = 10; // shorter than 1 µs is one step
    private const int MostBits = 43; // longer than 2.4 hours, too
    private const int Steps = ((MostBits - LeastBits) << StepBits) + 1;

    private readonly int[] _counts = new int[Steps];

    public long Count { get; private set; }

    public void Add(long nanoseconds)
    {
        _counts[StepOf(nanoseconds)]++;
        Count++;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    public void Add(LogLinearHistogram other)
    {
        for (int step = 0; step < Steps; step++)
        {
            _counts[step] += other._counts[step];
        }

        Count += other.Count;
    }

    /// <summary>The duration that so many of all do not exceed: the middle of its step; 0 when there is none.</summary>
    public long At(double share)
    {
        long left = Math.Max(1, (long)Math.Ceiling(Count * share));
        for (int step = 0; step < Steps; step++)
        {
            left -= _counts[step];
            if (left <= 0)
            {
                return Middle(step);
            }
        }

        return 0;
    }

    private static int StepOf(long nanoseconds)
    {
        if (nanoseconds < 1L << LeastBits)
        {
            return 0;
        }

        int bits = BitOperations.Log2((ulong)nanoseconds);
        int within = (int)(nanoseconds >> (bits - StepBits)) & ((1 << StepBits) - 1);
        return Math.Min(Steps - 1, ((bits - LeastBits) << StepBits) + within + 1);
    }

    private static long Middle(int step)
    {
        if (step == 0)
        {
            return 1L << (LeastBits - 1);
        }

        int bits = LeastBits + ((step - 1) >> StepBits);
        long within = (step - 1) & ((1 << StepBits) - 1);
        return (1L << bits) + (((2 * within) + 1) << (bits - StepBits - 1));
    }
}

namespace SelfProfiler.Diagnostics.Fleet;

/// <summary>Durations of ended requests by route over the last half minute, for triggers on the 95th percentile. Bounded; routes beyond the limit are counted and not watched.</summary>
internal sealed class RouteLatencies
{
    /// <summary>Routes with a rule: few.</summary>
    public const int MaxRoutes = 64;

    /// <summary>Fewer requests do not make a percentile.</summary>
    public const int EnoughRequests = 20;

    private const int Slices = 6;
    private const long SliceNs = 5_000_000_000;
    private const int StepsPerOctave = 8;
    private const int Steps = 24 * StepsPerOctave;

    private readonly Dictionary<int, Window> _windows = [];

    /// <summary>Requests of routes that found no place.</summary>
    public long Refused { get; private set; }

    public void Add(int route, long end, long durationNs)
    {
        if (!_windows.TryGetValue(route, out var window))
        {
            if (_windows.Count == MaxRoutes)
            {
                Refused++;
                return;
            }

            _windows[route] = window = new Window();
        }

        window.SliceAt(end)[StepOf(durationNs)]++;
    }

    /// <summary>The duration that 95 of 100 requests of the route stay below, to 9 %; NaN while there were too few.</summary>
    public double P95Ns(int route, long now)
    {
        if (!_windows.TryGetValue(route, out var window))
        {
            return double.NaN;
        }

        Span<int> sum = stackalloc int[Steps];
        var count = window.SumInto(sum, now);
        if (count < EnoughRequests)
        {
            return double.NaN;
        }

        var left = count - (int)Math.Ceiling(count * 0.95);
        var step = Steps - 1;
        for (; step > 0 && left >= sum[step]; step--)
        {
            left -= sum[step];
        }

        // The upper end of the step, in microseconds.
        return Math.Pow(2, (step + 1.0) / StepsPerOctave) * 1_000;
    }

    private static int StepOf(long durationNs) =>
        Math.Clamp((int)(Math.Log2(Math.Max(1, durationNs / 1_000.0)) * StepsPerOctave), 0, Steps - 1);

    private sealed class Window
    {
        private readonly int[][] _slices = [.. Enumerable.Range(0, Slices).Select(_ => new int[Steps])];
        private readonly long[] _numbers = new long[Slices];

        public int[] SliceAt(long time)
        {
            var number = time / SliceNs;
            var index = (int)(number % Slices);
            if (_numbers[index] != number)
            {
                Array.Clear(_slices[index]);
                _numbers[index] = number;
            }

            return _slices[index];
        }

        public int SumInto(Span<int> sum, long now)
        {
            var count = 0;
            for (var i = 0; i < Slices; i++)
            {
                if ((now / SliceNs) - _numbers[i] < Slices)
                {
                    for (var step = 0; step < Steps; step++)
                    {
                        sum[step] += _slices[i][step];
                        count += _slices[i][step];
                    }
                }
            }

            return count;
        }
    }
}

namespace SelfProfiler.Bench.SelfCost;

/// <summary>The measured process: works all the time, with the profiler off and on in turn.</summary>
internal static class Child
{
    /// <summary>Sessions start and stop, and the methods that exist are listed.</summary>
    private const double SettleSeconds = 1.5;

    private const double PhaseSeconds = 2.5;
    private const double WarmUpSeconds = 6;

    private static volatile bool _ticks;

    public static async Task<int> RunAsync(Scenario scenario, int pairs, int seed)
    {
        var random = new Random(seed);
        await using var profiler = ContinuousProfiler.Start(scenario.Profiler);
        var workers = new Workers(scenario.Work(), scenario.Blocked);
        new Thread(() => KeepTicking(profiler)) { IsBackground = true }.Start();
        Switch(!scenario.NeverOn, WarmUpSeconds);
        for (var i = 0; i < pairs; i++)
        {
            var onFirst = random.Next(2) == 0;
            Console.WriteLine($"{i},{(onFirst ? "on" : "off")},{Measure(onFirst).ToCsv()}");
            Console.WriteLine($"{i},{(onFirst ? "off" : "on")},{Measure(!onFirst).ToCsv()}");
        }

        return 0;

        Phase Measure(bool on)
        {
            Switch(on && !scenario.NeverOn, SettleSeconds);
            return Phase.Measure(PhaseSeconds, workers, profiler);
        }

        void Switch(bool on, double seconds)
        {
            profiler.Enabled = on;
            _ticks = on && scenario.TicksAlways;
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
        }
    }

    /// <summary>The profiler itself opens short windows only where ticks are as dear as these: each is asked for as soon as the one before is over.</summary>
    private static void KeepTicking(ContinuousProfiler profiler)
    {
        while (true)
        {
            if (_ticks)
            {
                profiler.Host.Engine!.Sources.Sessions.Ticks.RunWindowNow(TimeSpan.FromSeconds(1));
            }

            Thread.Sleep(50);
        }
    }
}

using System.Diagnostics;

namespace SelfProfiler.Bench.SelfCost;

/// <summary>The measured process: works all the time, with the profiler off and on in turn.</summary>
internal static class Child
{
    /// <summary>Sessions start and stop, and the methods that exist are listed.</summary>
    private const double SettleSeconds = 2;

    private const double PhaseSeconds = 4;
    private const double WarmUpSeconds = 6;
    private const double Patience = 480;

    public static async Task<int> RunAsync(Scenario scenario, int pairs, int seed)
    {
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        await using var profiler = ContinuousProfiler.Start(scenario.Profiler);
        var workers = new Workers(scenario.Work(), scenario.Blocked);
        new Thread(() => KeepTicking(scenario, profiler)) { IsBackground = true }.Start();
        Switch(!scenario.NeverOn, WarmUpSeconds);
        for (int i = 0, good = 0; good < pairs && clock.Elapsed.TotalSeconds < Patience; i++)
        {
            if (scenario.Alone)
            {
                WaitUntilAlone();
            }

            var onFirst = random.Next(2) == 0;
            var first = Measure(onFirst);
            var second = Measure(!onFirst);
            Console.WriteLine($"{i},{(onFirst ? "on" : "off")},{first.ToCsv()}");
            Console.WriteLine($"{i},{(onFirst ? "off" : "on")},{second.ToCsv()}");
            good += scenario.Counts(new Pair(first, second)) ? 1 : 0;
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
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
        }

        void WaitUntilAlone()
        {
            profiler.Enabled = false;
            workers.Pause(true);
            double idle;
            do
            {
                idle = Phase.Idle();
                Thread.Sleep(1_000);
            }
            while (Phase.Idle() - idle < (1 - Scenario.AloneForeign) * Environment.ProcessorCount && clock.Elapsed.TotalSeconds < Patience);

            workers.Pause(false);
        }
    }

    /// <summary>The profiler itself opens short windows only where ticks are as dear as these: each is asked for as soon as the one before is over.</summary>
    private static void KeepTicking(Scenario scenario, ContinuousProfiler profiler)
    {
        while (scenario.TicksAlways)
        {
            if (profiler.Enabled)
            {
                profiler.Host.Engine!.Sources.Sessions.Ticks.RunWindowNow(TimeSpan.FromSeconds(1));
            }

            Thread.Sleep(100);
        }
    }
}

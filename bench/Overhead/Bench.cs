using SelfProfiler.Bench.Overhead.Load;
using SelfProfiler.Bench.Overhead.Target;

namespace SelfProfiler.Bench.Overhead;

/// <summary>A running program of one variant that can be measured on and off.</summary>
internal sealed class Bench(Options options, Variant variant, bool fixedCollector = false) : IDisposable
{
    /// <summary>The sample itself is compiled sooner.</summary>
    private const double WithoutProfiler = 10;

    private const double LongestWithoutProfiler = 3;

    private readonly ChildServer _child = ChildServer.Start(options, variant, fixedCollector);
    private LoadGenerator? _load;

    public Variant Variant => variant;

    public ChildServer Child => _child;

    public LoadGenerator Load => _load ??= new LoadGenerator(_child.Address, options.Paths, options.Connections);

    /// <summary>Until compiled code has settled, that of the profiler too: while it is compiled anew, the program pays for it.</summary>
    public void WarmUp()
    {
        SwitchTo(on: true);
        Load.Closed(WarmUpSeconds(options, variant));
        SwitchTo(on: false);
        Load.Closed(1);
    }

    public static double WarmUpSeconds(Options options, Variant variant) =>
        variant.IsVisible ? options.WarmUpSeconds : Math.Min(options.WarmUpSeconds, WithoutProfiler);

    /// <summary>A program without a profiler has nothing that settles; on and off in turn it is treated alike, because pairs must lie equally far apart in time.</summary>
    public static double SettleSeconds(Options options, Variant variant) =>
        variant.IsVisible || options.SideBySide == 0 ? options.SettleSeconds : Math.Min(options.SettleSeconds, LongestWithoutProfiler);

    public void SwitchTo(bool on)
    {
        variant.Switch(_child, _child.Directory, on);
        for (var start = Environment.TickCount64; variant.IsVisible && _child.Clock.IsProfiled() != on; Thread.Sleep(20))
        {
            if (Environment.TickCount64 - start > 15_000)
            {
                throw new TimeoutException($"{variant.Name} was switched {(on ? "on" : "off")}, but nothing of it is seen in the process.");
            }
        }
    }

    /// <param name="round">Decides when requests come.</param>
    /// <param name="on">The profiler.</param>
    /// <param name="first">Of the two measurements of this program in the round.</param>
    /// <param name="rate">Of the open loop.</param>
    /// <param name="program">Which one, where two run side by side.</param>
    /// <param name="together">Waits until the other program has come as far.</param>
    public Measurement Measure(int round, bool on, bool first, double rate, char program = 'a', Action? together = null)
    {
        SwitchTo(on);
        together?.Invoke();
        Load.Open(rate, SettleSeconds(options, variant), seed: round);
        together?.Invoke();
        var (bytes, paused) = _child.Control.Allocated();
        var cpu = _child.Clock.CpuNs();
        var (open, own) = OwnThreads.During(_child.Id, () => Load.Open(rate, options.OpenSeconds, seed: round));
        cpu = _child.Clock.CpuNs() - cpu;
        var (bytesAfter, pausedAfter) = _child.Control.Allocated();
        together?.Invoke();
        var closedCpu = _child.Clock.CpuNs();
        var closed = Load.Closed(options.ClosedSeconds);
        closedCpu = _child.Clock.CpuNs() - closedCpu;
        together?.Invoke();
        return new Measurement(
            round,
            variant.Name,
            on,
            first,
            program,
            cpu / 1e3 / open.Requests,
            closedCpu / 1e3 / closed.Requests,
            closed.PerSecond,
            open.Latency.Quantile(0.5),
            open.Latency.Quantile(0.99),
            open.Latency.Quantile(0.999),
            (bytesAfter - bytes) / open.Requests,
            pausedAfter - paused,
            open.Requests,
            open.Failures + closed.Failures,
            own / 1e3 / open.Requests)
        {
            Suspended = options.LookSeconds > 0 ? Look(rate, round) : null,
        };
    }

    /// <summary>After everything else: the session that listens is one more, and takes its part.</summary>
    private Suspended Look(double rate, int round)
    {
        var probe = SuspensionProbe.During(_child.Id, () => Load.Open(rate, options.LookSeconds, seed: round));
        return new Suspended(options.LookSeconds, probe.OtherMs, probe.GcMs, probe.LongestOtherMs);
    }

    public void Dispose()
    {
        _load?.Dispose();
        _child.Dispose();
    }
}

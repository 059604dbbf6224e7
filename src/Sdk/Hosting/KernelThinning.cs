using SelfProfiler.Diagnostics;

namespace SelfProfiler.Hosting;

/// <summary>Tells the governor what the kernel's events cost context switches, and the pipeline that they were off; a capture finds them on when it begins and when it ends. Pump only.</summary>
internal sealed class KernelThinning(Governor governor, CpuSampling cpu, Pipeline pipeline)
{
    /// <summary>Two readings of the clocks and a bit: CPU that waits for samples must find some before its capture ends.</summary>
    private const long LastSamplesNs = 600_000_000;

    private readonly List<long> _ends = []; // of captures that run, no more than may run at a time
    private long _switches;

    /// <summary>Somebody waits for samples of CPU: as many as that budget allows.</summary>
    public void Ask(double budget, long until, long now)
    {
        if (governor.Decision.Duty.Kernel < 1)
        {
            governor.Boost(budget, until, now);
            governor.AskForKernel();
            pipeline.BeginAfresh(now);
            _ends.Add(until);
        }
    }

    /// <summary>Sources stop: what is switched until they begin again is not theirs.</summary>
    public void Forget() => _switches = 0;

    /// <summary>Before the governor's own turn.</summary>
    public void OnTurn(long now)
    {
        for (var i = _ends.Count - 1; i >= 0; i--)
        {
            if (now >= _ends[i])
            {
                _ends.RemoveAt(i);
            }
            else if (now >= _ends[i] - LastSamplesNs)
            {
                governor.AskForKernel();
            }
        }
    }

    /// <summary>The clocks were read; before the governor is told.</summary>
    public void OnClocks(long now, long wallNs)
    {
        var price = cpu.SwitchPrice;
        long before = _switches;
        _switches = price == SwitchPrice.None ? 0 : Libc.ContextSwitches();
        if (before > 0 && _switches > before)
        {
            governor.CountSwitches(_switches - before, price, wallNs);
        }

        pipeline.KernelGaps = !governor.KernelRanThroughout;
    }
}

using Microsoft.Extensions.Logging;
using SelfProfiler.Decode;
using SelfProfiler.Diagnostics;
using SelfProfiler.Kernel;
using SelfProfiler.Session;

namespace SelfProfiler.Hosting;

/// <summary>Where samples of CPU come from: the kernel where it lets us, else the runtime's ticks; announced either way. Pump only, except where it says so.</summary>
internal sealed class CpuSampling
{
    /// <summary>About 490 Hz: five times as many samples while somebody pays for them.</summary>
    private const long BoostedPeriodNs = 2_040_816;

    private readonly EngineSettings _settings;
    private readonly Pipeline _pipeline;
    private readonly Governor _governor;
    private readonly SessionSupervisor _sessions;
    private readonly Action<Notice> _notify;
    private readonly RawSampleHandler _onSample;
    private readonly StartKernelHandler _startKernel;
    private readonly CrowdWatch _crowd = new();
    private readonly KernelCounters _counters = new();
    private readonly LastReason _refusal = new(); // sources start again and again where they take turns
    private readonly KernelRetry _retry = new();

    // Written on the pump, read by the status.
    private volatile KernelSampler? _kernel;
    private volatile string _reason = "";
    private volatile bool _useTicks;
    private bool _boosted;
    private bool _on = true;

    public CpuSampling(
        EngineSettings settings, Pipeline pipeline, Governor governor, SessionSupervisor sessions, Action<Notice> notify, StartKernelHandler? startKernel = null)
    {
        _startKernel = startKernel ?? KernelSampler.TryStart;
        _settings = settings;
        _pipeline = pipeline;
        _governor = governor;
        _sessions = sessions;
        _notify = notify;
        _onSample = pipeline.OnSample;
    }

    /// <summary>Any thread.</summary>
    public KernelSampler? Kernel => _kernel;

    /// <summary>What the kernel's samples lacked since the start, whoever takes them now. Any thread.</summary>
    public IEnumerable<KeyValuePair<string, long>> KernelLosses => _counters.Losses;

    /// <summary>Any thread.</summary>
    public bool UsesTicks => _useTicks;

    /// <summary>Why CPU does not come from the kernel; empty when it does. Any thread.</summary>
    public string Reason => _reason;

    public void Start(long now)
    {
        string? reason = "CpuSource is EventPipe.";
        bool passing = false;
        if (_settings.CpuSource != CpuSource.EventPipe && TryStartKernel(out reason, out passing))
        {
            _reason = "";
            _useTicks = false;
            _retry.Succeeded(now);
            return;
        }

        FallBackToTicks(reason, passing, now);
    }

    public void Stop()
    {
        _retry.Cancel();
        _kernel?.Dispose();
        _kernel = null;
        _pipeline.KernelSamples = false;
    }

    public void Drain(long now)
    {
        if (_kernel is { } kernel)
        {
            kernel.Drain(_onSample);
            if (!kernel.Running)
            {
                FallBackToTicks(kernel.Status.Reason, passing: true, now);
            }
        }
        else if (_retry.IsDue(now))
        {
            ReturnToKernel(now);
        }
    }

    /// <summary>What the kernel's events cost a context switch. Any thread.</summary>
    public SwitchPrice SwitchPrice =>
        _kernel?.Scheme is SamplerScheme.ThreadsByCpus or SamplerScheme.Threads ? SwitchPrice.PerThread : SwitchPrice.None;

    /// <summary>The kernel's events sample, or are off for a while.</summary>
    public void Run(bool on)
    {
        _on = on;
        _kernel?.Run(on);
    }

    /// <summary>More samples, or as many as ever. Ticks follow the governor's budget; the kernel's events are opened anew.</summary>
    public void Boost(bool boosted, long now)
    {
        if (boosted == _boosted)
        {
            return;
        }

        _boosted = boosted;
        if (_kernel is { } kernel)
        {
            kernel.Drain(_onSample);
            Stop();
            if (!TryStartKernel(out var reason, out bool passing))
            {
                FallBackToTicks(reason, passing, now);
            }
        }
    }

    /// <summary>What took the kernel's events away may be over.</summary>
    private void ReturnToKernel(long now)
    {
        _retry.Cancel(); // should this throw, it is not done at every turn
        if (!TryStartKernel(out _, out bool passing))
        {
            Schedule(passing, now); // said already; another reason for the same state is no news
            return;
        }

        _retry.Succeeded(now);
        _refusal.Forget();
        _reason = "";
        _useTicks = false;
        _sessions.Want(SessionKind.Ticks, false);
        _governor.TickUse = TickUse.None;
        _governor.Want(Stoppable.Kernel, true);
        _notify(new Notice(LogLevel.Information, NoticeIds.CpuSource, "CPU samples come from the kernel again."));
    }

    private void Schedule(bool passing, long now)
    {
        if (passing)
        {
            _retry.Failed(now);
        }
        else
        {
            _retry.Cancel();
        }
    }

    /// <summary>At the start, or when the kernel takes its events back.</summary>
    private void FallBackToTicks(string? reason, bool passing, long now)
    {
        Stop();
        Schedule(passing, now);
        _reason = reason ?? "";
        _useTicks = _settings.CpuSource != CpuSource.Kernel;
        _governor.TickUse = _useTicks ? TickUse.Cpu : TickUse.None;
        _sessions.Want(SessionKind.Ticks, _useTicks);
        if (_settings.CpuSource != CpuSource.EventPipe && _refusal.IsNew(reason))
        {
            string consequence = _useTicks
                ? "CPU is sampled by the runtime's ticks instead, which suspend the process."
                : "There are no CPU profiles, because CpuSource is Kernel.";
            _notify(new Notice(LogLevel.Warning, NoticeIds.CpuSource, $"The kernel cannot be used for CPU samples. {reason} {consequence}"));
        }
    }

    /// <param name="reason">Why the kernel takes no samples.</param>
    /// <param name="passing">It does not forbid it: another time it may.</param>
    private bool TryStartKernel(out string? reason, out bool passing)
    {
        var settings = new KernelSamplerSettings
        {
            PeriodNanoseconds = _boosted ? BoostedPeriodNs : KernelSamplerSettings.DefaultPeriod,
            KernelFrames = _settings.KernelFrames,
            AllProcesses = _settings.KernelAllProcesses,
            Crowd = _crowd,
            Counters = _counters,
            KernelTime = true,
            Insist = _settings.CpuSource == CpuSource.Kernel,
            FindMethod = _pipeline.Methods.Peek,
        };
        var kernel = _startKernel(settings, out reason, out passing);
        passing |= kernel is not null; // it permits samples; what is missing is room
        kernel?.Run(_on);
        if (kernel is null || !kernel.AttachOnPump(out reason))
        {
            kernel?.Dispose();
            return false;
        }

        _kernel = kernel;
        _pipeline.KernelSamples = true;
        _pipeline.KernelTimeSampled = kernel.Status.KernelTime;
        return true;
    }
}

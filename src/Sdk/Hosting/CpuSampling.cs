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
    private readonly CrowdWatch _crowd = new();
    private readonly LastReason _refusal = new(); // sources start again and again where they take turns

    // Written on the pump, read by the status.
    private volatile KernelSampler? _kernel;
    private volatile string _reason = "";
    private volatile bool _useTicks;
    private bool _boosted;
    private bool _on = true;

    public CpuSampling(EngineSettings settings, Pipeline pipeline, Governor governor, SessionSupervisor sessions, Action<Notice> notify)
    {
        _settings = settings;
        _pipeline = pipeline;
        _governor = governor;
        _sessions = sessions;
        _notify = notify;
        _onSample = pipeline.OnSample;
    }

    /// <summary>Any thread.</summary>
    public KernelSampler? Kernel => _kernel;

    /// <summary>Any thread.</summary>
    public bool UsesTicks => _useTicks;

    /// <summary>Why CPU does not come from the kernel; empty when it does. Any thread.</summary>
    public string Reason => _reason;

    public void Start()
    {
        string? reason = "CpuSource is EventPipe.";
        if (_settings.CpuSource != CpuSource.EventPipe && TryStartKernel(out reason))
        {
            _reason = "";
            _useTicks = false;
            return;
        }

        FallBackToTicks(reason);
    }

    public void Stop()
    {
        _kernel?.Dispose();
        _kernel = null;
        _pipeline.KernelSamples = false;
    }

    public void Drain()
    {
        if (_kernel is { } kernel)
        {
            kernel.Drain(_onSample);
            if (!kernel.Running)
            {
                FallBackToTicks(kernel.Status.Reason);
            }
        }
    }

    /// <summary>What the kernel's events cost a context switch.</summary>
    public SwitchPrice SwitchPrice =>
        _kernel?.Scheme is SamplerScheme.ThreadsByCpus or SamplerScheme.Threads ? SwitchPrice.PerThread : SwitchPrice.None;

    /// <summary>The kernel's events sample, or are off for a while.</summary>
    public void Run(bool on)
    {
        _on = on;
        _kernel?.Run(on);
    }

    /// <summary>More samples, or as many as ever. Ticks follow the governor's budget; the kernel's events are opened anew.</summary>
    public void Boost(bool boosted)
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
            if (!TryStartKernel(out var reason))
            {
                FallBackToTicks(reason);
            }
        }
    }

    /// <summary>At the start, or when the kernel takes its events back.</summary>
    private void FallBackToTicks(string? reason)
    {
        Stop();
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

    private bool TryStartKernel(out string? reason)
    {
        var settings = new KernelSamplerSettings
        {
            PeriodNanoseconds = _boosted ? BoostedPeriodNs : KernelSamplerSettings.DefaultPeriod,
            KernelFrames = _settings.KernelFrames,
            AllProcesses = _settings.KernelAllProcesses,
            Crowd = _crowd,
            KernelTime = true,
            Insist = _settings.CpuSource == CpuSource.Kernel,
            FindMethod = _pipeline.Methods.Peek,
        };
        var kernel = KernelSampler.TryStart(settings, out reason);
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

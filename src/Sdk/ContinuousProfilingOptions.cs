namespace SelfProfiler;

/// <summary>Where CPU samples come from.</summary>
public enum CpuSource
{
    /// <summary>The kernel where it is allowed, otherwise the runtime's ticks; the status says which and why.</summary>
    Auto,

    /// <summary>The kernel (Linux perf events).</summary>
    Kernel,

    /// <summary>The runtime's thread ticks.</summary>
    EventPipe,
}

/// <summary>What to collect, what it may cost, and where it can be fetched.</summary>
public sealed class ContinuousProfilingOptions
{
    /// <summary>Section of the configuration these options bind from.</summary>
    public const string SectionName = "ContinuousProfiling";

    private const int DefaultHistoryMegabytes = 8;

    private int? _historyMegabytes;

    /// <summary>The off switch: false stops every source within two seconds, also by configuration reload.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>Where CPU samples come from.</summary>
    /// <value>The default is <see cref="CpuSource.Auto"/>.</value>
    public CpuSource CpuSource { get; set; }

    /// <summary>Share of the processors the process may use that the profiler may take, everything counted. What can be thinned out gets no more than one and a half times this share of the processor time that the application itself uses, or three tenths of the budget where that is more; twice as much where CPU comes from ticks.</summary>
    /// <value>The default is 0.005 (0.5 %); from 0.0005 to 0.25.</value>
    public double OverheadBudget { get; set; } = 0.005;

    /// <summary>Stop and duty-cycle sources so that <see cref="OverheadBudget"/> is kept.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Governor { get; set; } = true;

    /// <summary>Collect allocations.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Allocations { get; set; } = true;

    /// <summary>Collect lock contention.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Contention { get; set; } = true;

    /// <summary>Collect waits.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Waits { get; set; } = true;

    /// <summary>Collect exceptions.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Exceptions { get; set; } = true;

    /// <summary>Include kernel frames where the kernel permits it.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool KernelFrames { get; set; }

    /// <summary>Where the kernel permits it, sample all processes with one event per CPU and keep this one's samples: events per thread make every context switch dearer.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool KernelAllProcesses { get; set; } = true;

    /// <summary>Labels beside trace, span and route.</summary>
    public LabelOptions Labels { get; set; } = new();

    /// <summary>TCP port of the profiler's own small HTTP listener; 0: any free port.</summary>
    /// <value>The default is none; from 0 to 65,535.</value>
    public int? DiagnosticsPort { get; set; }

    /// <summary>Address the listener binds to.</summary>
    /// <value>The default is <c>127.0.0.1</c>; an IP address, not a name.</value>
    public string DiagnosticsAddress { get; set; } = "127.0.0.1";

    /// <summary>Path of a Unix socket (mode 0600) to listen on, instead of or beside the port.</summary>
    /// <value>The default is none; of 107 bytes at most, or it cannot listen, which the status says.</value>
    public string? DiagnosticsSocket { get; set; }

    /// <summary>Bearer token that the listener and state-changing requests demand.</summary>
    /// <value>The default is none; of 16 characters or more.</value>
    public string? DiagnosticsToken { get; set; }

    /// <summary>ASP.NET Core: serve this machine's own clients on the application's port outside Development too. Read the proxy warning in docs/security.md first.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool AllowLoopback { get; set; }

    /// <summary>Show option values of the command line, not only names.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool ShowCommandLineValues { get; set; }

    /// <summary>How long a capture may last at most.</summary>
    /// <value>The default is 5 minutes; from 1 second to 1 hour.</value>
    public TimeSpan MaxCaptureDuration { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many captures may run at once.</summary>
    /// <value>The default is 8; from 1 to 64.</value>
    public int MaxCaptures { get; set; } = 8;

    /// <summary>How often exporters get a profile of each kind.</summary>
    /// <value>The default is 15 seconds; from 1 second to 1 hour, 30 minutes with Pyroscope, which takes nothing older than an hour.</value>
    public TimeSpan ExportInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Name of the service.</summary>
    /// <value>The default is OTEL_SERVICE_NAME, else the entry assembly's name.</value>
    public string? ServiceName { get; set; }

    /// <summary>Version of the service.</summary>
    /// <value>The default is the entry assembly's informational version.</value>
    public string? ServiceVersion { get; set; }

    /// <summary>Deployment environment.</summary>
    /// <value>The default is the host's environment name.</value>
    public string? Environment { get; set; }

    /// <summary>Share of the instances of a fleet that profile at any time; they take turns without knowing of each other.</summary>
    /// <value>The default is 1: all of them, always; from 0.001 to 1.</value>
    public double Coverage { get; set; } = 1;

    /// <summary>How long a turn lasts.</summary>
    /// <value>The default is 10 minutes; from 10 seconds to 1 day.</value>
    public TimeSpan CoverageSlot { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Profile for a while in each period, ten seconds of each minute for example.</summary>
    public DutyOptions Duty { get; set; } = new();

    /// <summary>What tells this instance from the others of a fleet.</summary>
    /// <value>The default is the host name.</value>
    public string? Instance { get; set; }

    /// <summary>What a boost may cost and how long it lasts.</summary>
    public BoostOptions Boost { get; set; } = new();

    /// <summary>What starts a boost by itself.</summary>
    public TriggerOptions Triggers { get; set; } = new();

    /// <summary>Memory for recent profiles.</summary>
    /// <value>The default is 8 MB, and less in proportion where the process may use less than 512 MB of memory, down to 1 MB; 0 turns history off; at most 1024.</value>
    public int HistoryMegabytes
    {
        get => _historyMegabytes ?? DefaultHistoryMegabytes;
        set => _historyMegabytes = value;
    }

    /// <summary>Somebody chose the size of history, be it the default one.</summary>
    internal bool HistoryConfigured => _historyMegabytes is not null;

    /// <summary>Address of a trace in your tracing system, with <c>{trace_id}</c> in it: the page links slow requests to it.</summary>
    /// <value>The default is none; an http or https address.</value>
    public string? TraceLink { get; set; }

    /// <summary>History on disk.</summary>
    public HistoryOptions History { get; set; } = new();
}

/// <summary>Labels beside <c>trace_id</c>, <c>span_id</c> and <c>route</c>, and their bounds.</summary>
public sealed class LabelOptions
{
    /// <summary>Collect labels at all.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool Enabled { get; set; } = true;

    /// <summary>Tags of the current Activity that become labels.</summary>
    /// <value>The default is none. Of all extra labels a sample carries 16 at most; keys are cut at 64 characters, values at 128.</value>
    public IList<string> ActivityTags { get; set; } = [];

    /// <summary>Baggage keys that become labels.</summary>
    /// <value>The default is none; bounded like <see cref="ActivityTags"/>.</value>
    public IList<string> BaggageKeys { get; set; } = [];

    /// <summary>Distinct sets of extra labels kept; more become <c>overflow=true</c>.</summary>
    /// <value>The default is 1,000; from 16 to 100,000.</value>
    public int MaxLabelSets { get; set; } = 1_000;

    /// <summary>Requests remembered at a time, the latest.</summary>
    /// <value>The default is 16,384; from 256 to 1,048,576.</value>
    public int MaxRequests { get; set; } = 16_384;
}

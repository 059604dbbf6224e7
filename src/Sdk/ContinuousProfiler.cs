using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SelfProfiler.Hosting;

namespace SelfProfiler;

/// <summary>The profiler of this process: starts and stops it, captures profiles, tells how it is. Several may exist; they share one engine.</summary>
public sealed class ContinuousProfiler : IAsyncDisposable
{
    private readonly ProfilerHost _host;

    internal ContinuousProfiler(ProfilerHost host) => _host = host;

    /// <summary>What it does, costs and lost, at this moment.</summary>
    public ProfilerStatus Status => _host.Status();

    /// <summary>The off switch: false stops every source of the process within two seconds; true starts them again.</summary>
    public bool Enabled
    {
        get => _host.Enabled;
        set => _host.SetEnabled(value);
    }

    internal ProfilerHost Host => _host;

    /// <summary>Takes more samples for a while, within <see cref="BoostOptions.Budget"/>, also when it is not this instance's turn. They carry the label <c>trigger</c>=<c>on_demand</c>.</summary>
    /// <param name="duration">How long, at most five minutes; <see cref="BoostOptions.Duration"/> when not given.</param>
    /// <exception cref="InvalidOperationException">The profiler is switched off or stopped; the message says what to do.</exception>
    public void Boost(TimeSpan? duration = null)
    {
        if (duration is { } length)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, TimeSpan.Zero, nameof(duration));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Serve.BoostAnswer.Longest, nameof(duration));
        }

        _host.Boost(duration);
    }

    /// <summary>Starts profiling without any host. Dispose it to export the last interval and stop; at process exit that happens by itself.</summary>
    /// <param name="options">What to collect; variables <c>SELFPROFILER_*</c> override it.</param>
    /// <param name="exporters">Where profiles go every <see cref="ContinuousProfilingOptions.ExportInterval"/>.</param>
    /// <exception cref="OptionsValidationException">An option is out of range; the message names it.</exception>
    public static ContinuousProfiler Start(ContinuousProfilingOptions? options = null, params IProfileExporter[] exporters)
    {
        options ??= new ContinuousProfilingOptions();
        OptionsFromEnvironment.Apply(options, Environment.GetEnvironmentVariables());
        var errors = ContinuousProfilingOptionsValidator.Errors(options);
        if (errors.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(ContinuousProfilingOptions), errors);
        }

        ContinuousProfilingOptionsValidator.ThrowIfRefused(options, exporters);
        var profiler = new ContinuousProfiler(new ProfilerHost(options, null, exporters, null));
        profiler._host.StopAtProcessExit();
        profiler._host.Run(atOnce: true);
        return profiler;
    }

    /// <summary>Collects for a while and returns what was sampled.</summary>
    /// <param name="kind">What to measure.</param>
    /// <param name="duration">How long, at most <see cref="ContinuousProfilingOptions.MaxCaptureDuration"/>; ignored for <see cref="ProfileKind.Threads"/>, which is one moment.</param>
    /// <param name="filter">Which samples are wanted; all by default.</param>
    /// <param name="cancellationToken">Ends the capture and forgets what was collected.</param>
    /// <exception cref="InvalidOperationException">The profiler is switched off or stopped, or too many captures run; the message says what to do.</exception>
    public Task<Profile> CaptureAsync(
        ProfileKind kind, TimeSpan duration, ProfileFilter? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(duration, _host.Options.MaxCaptureDuration);
        return _host.CaptureAsync(kind, duration, filter ?? new ProfileFilter(), cancellationToken);
    }

    /// <summary>What was counted since the profiler started: allocations, contention, waits, exceptions. Its values never fall; it knows routes, not traces.</summary>
    /// <exception cref="InvalidOperationException">The profiler is switched off or stopped; the message says what to do.</exception>
    public Task<Profile> CumulativeAsync(ProfileKind kind, ProfileFilter? filter = null, CancellationToken cancellationToken = default) =>
        kind is ProfileKind.Allocations or ProfileKind.Contention or ProfileKind.Waits or ProfileKind.Exceptions
            ? _host.CumulativeAsync(kind, filter ?? new ProfileFilter(), cancellationToken)
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "Only allocations, contention, waits and exceptions are counted since the start.");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(ProfilerHost.StopDeadline);
        await StopAsync(deadline.Token).ConfigureAwait(false);
    }

    internal static ContinuousProfiler ForHost(
        OptionsReload options, ILoggerFactory loggers, IEnumerable<IProfileExporter> exporters, string? environment)
    {
        var destinations = exporters.ToArray();
        ContinuousProfilingOptionsValidator.ThrowIfRefused(options.Current(), destinations);
        var host = new ProfilerHost(options.Current(), new ContainedLogger(loggers.CreateLogger("SelfProfiler")), destinations, environment);
        host.Follow(options);
        return new ContinuousProfiler(host);
    }

    internal void Run() => _host.Run(atOnce: false);

    internal void Started() => _host.Started();

    internal void EndCaptures() => _host.EndCaptures();

    internal Task StopAsync(CancellationToken cancellationToken) => _host.StopAsync(cancellationToken);
}

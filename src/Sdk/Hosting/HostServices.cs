using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SelfProfiler.Diagnostics;
using SelfProfiler.Export;
using SelfProfiler.Serve;
using SelfProfiler.Serve.Port;

namespace SelfProfiler.Hosting;

/// <summary>What a host has of its own beside the engine: the endpoint with its diagnostics port, the export loop, the meter.</summary>
internal sealed class HostServices : IDisposable
{
    private static readonly TimeSpan PortDeadline = TimeSpan.FromMilliseconds(500);

    private readonly ProfilerHost _host;
    private readonly ContainedLogger? _logger;
    private readonly ContinuousProfilingOptions _options;
    private readonly Lazy<PprofHandler> _handler;
    private readonly ExportLoop _exports;
    private readonly ExportInterval _interval;
    private readonly Lock _gate = new();
    private bool _stopped; // guarded by _gate
    private DiagnosticsPort? _port;
    private ProfilerMetrics? _metrics;

    public HostServices(ProfilerHost host, ContainedLogger? logger, IEnumerable<IProfileExporter> exporters, string? environment)
    {
        _host = host;
        _logger = logger;
        _options = host.Options;
        _handler = new Lazy<PprofHandler>(MakeHandler);
        _interval = new ExportInterval(() => SourceIdentity.Detect(_options, environment));
        _exports = new ExportLoop(exporters, _options.ExportInterval, _interval.Cut, (ILogger?)logger ?? NullLogger.Instance);
    }

    /// <summary>Made when somebody wants it: the host waits for what is made at its start.</summary>
    public PprofHandler Handler => _handler.Value;

    /// <summary>The TCP port listened on; null while there is none.</summary>
    public int? BoundPort => _port?.BoundPort;

    public void Start()
    {
        if (_options.DiagnosticsPort is not null || _options.DiagnosticsSocket is not null)
        {
            _port = new DiagnosticsPort(
                Handler,
                DiagnosticsPortOptions.From(_options),
                PortLimits.For(_options.MaxCaptures),
                text => Tell(LogLevel.Warning, NoticeIds.PortUnavailable, text));
            _port.Start();
        }
    }

    /// <summary>What begins with the engine, if there is one already.</summary>
    public void StartMetersAndExports(ProfilerEngine? engine)
    {
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _metrics ??= new ProfilerMetrics(_host.Status);
            if (engine is not null && _exports.Status.Count > 0)
            {
                _interval.Open(engine);
                _exports.Start();
            }
        }
    }

    /// <summary>Exports what is left, then closes the endpoint. Returns within the deadline.</summary>
    /// <remarks>The port's captures were ended when the host began to stop (<see cref="ProfilerHost.EndCaptures"/>), and no other begins: what it still does is to write their answers.</remarks>
    public void Stop(TimeSpan deadline)
    {
        lock (_gate)
        {
            _stopped = true;
        }

        _exports.Flush(deadline);
        _port?.Stop(PortDeadline);
        _metrics?.Dispose();
    }

    public void Dispose() => Stop(ProfilerHost.StopDeadline);

    /// <summary>How every destination is doing.</summary>
    public IReadOnlyList<ExporterStatus> Exporters => _exports.Status;

    /// <summary>What the endpoint and its diagnostics port refused or cut, what exporters left out, and what the log did not take; only what is not zero.</summary>
    public IEnumerable<KeyValuePair<string, long>> Losses() =>
        (_port?.Counters.Losses() ?? [])
        .Concat(_handler.IsValueCreated ? Handler.Counts() : [])
        .Append(new("intervals not exported", _exports.CutFailures))
        .Append(new("log lines that the logger refused", _logger?.Failures ?? 0))
        .Concat(_exports.Status.SelectMany(exporter => exporter.Losses.Select(loss => KeyValuePair.Create($"{loss.Name} ({exporter.Name})", loss.Count))))
        .Where(loss => loss.Value > 0);

    public IReadOnlyList<PartStatus> Parts()
    {
        var parts = new List<PartStatus>();
        if (_port is { } port)
        {
            parts.Add(new PartStatus("diagnostics port", port.Listens ? PartState.Running : PartState.Failed, string.Join(" ", port.States)));
        }

        foreach (var exporter in _exports.Status)
        {
            parts.Add(new PartStatus(
                "export to " + exporter.Name,
                exporter.LastError is null ? PartState.Running : PartState.Failed,
                FormattableString.Invariant($"{exporter.Delivered} delivered, {exporter.Queued + exporter.Kept} waiting, {exporter.Retried} tried again, {exporter.Rejected} rejected, {exporter.Dropped} dropped. {string.Join(' ', new[] { exporter.LastError }.Concat(exporter.Notices).OfType<string>())}").TrimEnd()));
        }

        return parts;
    }

    private PprofHandler MakeHandler() => new(
        ServedEngine.Of(_host), ServeOptions.From(_options), text => Tell(LogLevel.Warning, NoticeIds.AccessDenied, text));

    private void Tell(LogLevel level, int id, string text) => _host.Notify(new Notice(level, id, text));
}

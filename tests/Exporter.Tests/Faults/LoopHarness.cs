using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using SelfProfiler.Export;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Faults;

/// <summary>The export loop with an exporter and a clock of the test's own: minutes of outage pass in moments.</summary>
internal sealed class LoopHarness : IAsyncDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly ExportLoop _loop;
    private readonly WatchedExporter _exporter;
    private int _cuts;

    public LoopHarness(FakeTimeProvider time, IProfileExporter exporter)
    {
        Time = time;
        _exporter = new WatchedExporter(exporter);
        _loop = new ExportLoop([_exporter], Interval, () => [Samples.Shop(start: time.GetUtcNow() - Interval), Numbered(++_cuts)], NullLogger.Instance, time, () => 0.5);
        _loop.Start();
    }

    public FakeTimeProvider Time { get; }

    /// <summary>Intervals cut so far; each is two profiles.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    public ExporterStatus Status => _loop.Status[0];

    public static FakeTimeProvider Now() => new(DateTimeOffset.UtcNow);

    public async Task AdvanceUntil(Func<bool> condition, TimeSpan? step = null)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"Not in time: {Status}");
            Time.Advance(step ?? TimeSpan.FromSeconds(1));
            await Eventually.PoolHadItsTurn();
            // A request takes real time: on a loaded machine it would otherwise last minutes of this clock.
            await Eventually.Until(() => !_exporter.Busy, TimeSpan.FromSeconds(30));
        }
    }

    /// <summary>Cuts the last interval and gives everything one more attempt.</summary>
    public Task FlushAsync() => _loop.FlushAsync(TimeSpan.FromSeconds(20));

    public ValueTask DisposeAsync() => _loop.DisposeAsync();

    private sealed class WatchedExporter(IProfileExporter inner) : IProfileExporter
    {
        private int _running;

        public string Name => inner.Name;

        public bool Busy => Volatile.Read(ref _running) > 0;

        public ExporterBacklog Backlog => inner.Backlog;

        public ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken) =>
            WatchAsync(() => inner.ExportAsync(export, cancellationToken));

        public ValueTask<ExportResult> ResumeAsync(CancellationToken cancellationToken) => WatchAsync(() => inner.ResumeAsync(cancellationToken));

        private async ValueTask<ExportResult> WatchAsync(Func<ValueTask<ExportResult>> attempt)
        {
            Interlocked.Increment(ref _running);
            try
            {
                return await attempt();
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }

    private ProfileExport Numbered(int number) => new(
        new SyntheticProfile(ProfileKind.Exceptions) { Start = Time.GetUtcNow() - Interval, Duration = Interval }.Add(number, 0, [], "Main").Build(), Samples.Source, 0);
}

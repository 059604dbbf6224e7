using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SelfProfiler.Export;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Export;

public class ExportLoopTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly FakeTimeProvider _time = new();
    private int _cuts;

    [Fact]
    public async Task Every_interval_reaches_every_destination_once()
    {
        var first = new ScriptedExporter();
        var second = new ScriptedExporter();
        await using var loop = Start(first, second);

        await Advance(() => second.Delivered.Length >= 5 && first.Delivered.Length >= 5);

        Assert.Equal([0, 1, 2, 3, 4], first.Delivered.Take(5).Select(Exports.NumberOf));
        Assert.Equal([0, 1, 2, 3, 4], second.Delivered.Take(5).Select(Exports.NumberOf));
        Assert.All(loop.Status, status => Assert.Null(status.LastError));
        Assert.All(loop.Status, status => Assert.True(status.Delivered >= 5 && status.Retried == 0 && status.LastSuccess > DateTimeOffset.MinValue));
    }

    [Fact]
    public async Task A_destination_that_is_down_for_ten_minutes_gets_the_newest_afterwards_and_the_status_tells_it()
    {
        var start = _time.GetUtcNow();
        var exporter = new ScriptedExporter((_, _) => ValueTask.FromResult(_time.GetUtcNow() - start < TimeSpan.FromMinutes(10)
            ? new ExportResult(ExportOutcome.Retry, "Connection refused (localhost:4040).")
            : ExportResult.Delivered));
        await using var loop = Start(exporter);

        await Advance(() => _time.GetUtcNow() - start > TimeSpan.FromMinutes(9));
        var during = loop.Status[0];
        await Advance(() => loop.Status[0] is { Delivered: > 32, Queued: 0 });
        var after = loop.Status[0];

        Assert.Equal("Connection refused (localhost:4040).", during.LastError);
        Assert.InRange(during.Queued, ExportLimits.QueuedProfiles - 1, ExportLimits.QueuedProfiles);
        Assert.InRange(during.Retried, 9, 30);
        Assert.Equal(0, during.Delivered);
        Assert.Null(after.LastError);
        Assert.Equal(_cuts, after.Delivered + after.Dropped);
        Assert.Equal(exporter.Delivered.Length, exporter.Delivered.Distinct().Count());
        Assert.False(exporter.RanTwoAtOnce);
    }

    [Fact]
    public async Task A_profile_that_always_fails_does_not_hold_up_the_others()
    {
        var exporter = new ScriptedExporter((export, _) => ValueTask.FromResult(
            Exports.NumberOf(export) == 0 ? new ExportResult(ExportOutcome.Retry, "500") : ExportResult.Delivered));
        await using var loop = Start(exporter);

        await Advance(() => loop.Status[0] is { Dropped: 1 });

        var status = loop.Status[0];
        Assert.Equal(ExportLimits.Attempts, status.Retried);
        Assert.InRange(_cuts - status.Delivered, 1, 3);
    }

    [Fact]
    public async Task A_rejected_profile_is_counted_and_not_tried_again()
    {
        var exporter = new ScriptedExporter((_, _) => ValueTask.FromResult(new ExportResult(ExportOutcome.Rejected, "400: too old")));
        await using var loop = Start(exporter);

        await Advance(() => loop.Status[0].Rejected == 3);

        Assert.Equal(3, exporter.Attempts.Length);
        Assert.Equal("400: too old", loop.Status[0].LastError);
    }

    [Fact]
    public async Task Exceptions_count_as_retry_and_one_destination_never_harms_another()
    {
        var throws = new ScriptedExporter((_, _) => throw new InvalidOperationException("boom"), "throws");
        var hangs = new ScriptedExporter(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return ExportResult.Delivered;
        }, "hangs");
        var works = new ScriptedExporter();
        await using var loop = Start(throws, hangs, works);

        await Advance(() => works.Delivered.Length >= 10 && loop.Status[1].Retried > 0);

        Assert.Equal("InvalidOperationException: boom", loop.Status[0].LastError);
        Assert.Equal("The attempt took too long.", loop.Status[1].LastError);
        Assert.Null(loop.Status[2].LastError);
    }

    [Fact]
    public async Task What_an_exporter_leaves_out_is_in_the_status_and_said_once()
    {
        var log = new ListLogger();
        var exporter = new ScriptedExporter { Losses = [new ExporterLoss("labels left out", 3, "label color is one too many."), new ExporterLoss("none", 0, "never said.")] };
        await using var loop = new ExportLoop([exporter], Interval, () => [Exports.Numbered(_cuts++)], log, _time);
        loop.Start();

        await Advance(() => exporter.Delivered.Length >= 3);

        Assert.Equal(3, loop.Status[0].Losses[0].Count);
        Assert.Equal("scripted leaves something out: label color is one too many. This is said once; the profiler's status counts it.", Assert.Single(log.Lines));
    }

    [Fact]
    public async Task Settings_an_exporter_does_not_follow_are_in_the_status_and_said_once()
    {
        var log = new ListLogger();
        var exporter = new ScriptedExporter { Notices = ["OTEL_X is ignored."] };
        await using var loop = new ExportLoop([exporter], Interval, () => [Exports.Numbered(_cuts++)], log, _time);
        loop.Start();

        await Advance(() => exporter.Delivered.Length >= 3);

        Assert.Equal("OTEL_X is ignored.", Assert.Single(loop.Status[0].Notices));
        Assert.Equal("scripted: OTEL_X is ignored.", Assert.Single(log.Lines));
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(75, 75)]
    [InlineData(600, 120)]
    [InlineData(-1, 1)]
    public async Task An_attempt_may_take_as_long_as_its_exporter_says_within_bounds(int asked, int seconds)
    {
        var (begun, ended) = (default(DateTimeOffset), default(DateTimeOffset));
        var exporter = new ScriptedExporter(async (_, token) =>
        {
            begun = begun == default ? _time.GetUtcNow() : begun;
            await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended = ended == default ? _time.GetUtcNow() : ended;
            token.ThrowIfCancellationRequested();
            return ExportResult.Delivered;
        })
        { LongestAttempt = TimeSpan.FromSeconds(asked) };
        await using var loop = Start(exporter);

        await Advance(() => loop.Status[0].Retried > 0);

        Assert.InRange((ended - begun).TotalSeconds, seconds - 1, seconds + 5);
        Assert.Equal("The attempt took too long.", loop.Status[0].LastError);
    }

    [Fact]
    public async Task An_interval_that_cannot_be_made_is_counted_and_the_next_one_is_exported()
    {
        var exporter = new ScriptedExporter();
        await using var loop = new ExportLoop(
            [exporter],
            Interval,
            () => ++_cuts == 1 ? throw new InvalidOperationException("no window") : [Exports.Numbered(_cuts)],
            NullLogger.Instance,
            _time);
        loop.Start();

        await Advance(() => exporter.Delivered.Length == 1);

        Assert.Equal(1, loop.CutFailures);
    }

    [Fact]
    public async Task A_process_that_lives_two_seconds_exports_its_only_interval()
    {
        var exporter = new ScriptedExporter();
        var loop = Start(exporter);

        await loop.FlushAsync();
        await loop.FlushAsync();

        Assert.Equal(0, Exports.NumberOf(Assert.Single(exporter.Delivered)));
    }

    [Fact]
    public async Task A_flush_ends_within_its_deadline_whatever_a_destination_does()
    {
        var hangs = new ScriptedExporter((_, _) => new ValueTask<ExportResult>(new TaskCompletionSource<ExportResult>().Task), "hangs");
        var blocks = new ScriptedExporter((_, token) => token.WaitHandle.WaitOne() ? throw new InvalidOperationException() : default, "blocks");
        var works = new ScriptedExporter();
        var loop = Start(hangs, blocks, works);

        var start = Stopwatch.GetTimestamp();
        loop.Flush(TimeSpan.FromSeconds(0.5));

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
        Assert.Single(works.Delivered);
    }

    [Fact]
    public async Task A_flush_waits_for_no_pause_and_gives_everything_one_more_attempt()
    {
        var up = false;
        var exporter = new ScriptedExporter((_, _) => ValueTask.FromResult(Volatile.Read(ref up) ? ExportResult.Delivered : new ExportResult(ExportOutcome.Retry, "down", TimeSpan.FromMinutes(9))));
        var loop = Start(exporter);
        await Advance(() => loop.Status[0].Queued >= 3);

        Volatile.Write(ref up, true);
        await loop.FlushAsync();

        Assert.Equal(_cuts, exporter.Delivered.Length);
    }

    private sealed class ListLogger : ILogger
    {
        private readonly List<string> _lines = [];

        public string[] Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add(formatter(state, exception));
            }
        }
    }

    private ExportLoop Start(params IProfileExporter[] exporters)
    {
        var loop = new ExportLoop(exporters, Interval, () => [Exports.Numbered(_cuts++)], NullLogger.Instance, _time, () => 0.5);
        loop.Start();
        return loop;
    }

    // The loop's continuations run on the pool: time moves in small steps, so that they keep up.
    private async Task Advance(Func<bool> until)
    {
        var start = Stopwatch.GetTimestamp();
        while (!until())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "The condition did not come true.");
            _time.Advance(TimeSpan.FromSeconds(1));
            await Eventually.PoolHadItsTurn();
        }
    }
}

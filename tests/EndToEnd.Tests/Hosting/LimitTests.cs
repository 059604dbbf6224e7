using System.Diagnostics.Metrics;
using System.Net;
using System.Runtime.CompilerServices;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Hosting;

/// <summary>What found no room is told everywhere the profiler tells how it is.</summary>
public sealed class LimitTests
{
    private const string Loss = "samples since the start that became [overflow]";

    [Fact]
    public async Task A_full_table_since_the_start_is_in_the_status_the_index_and_the_metrics()
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { DiagnosticsPort = 0, Governor = false });
        var path = 0;
        await Eventually.Until(
            () =>
            {
                ThrowOnManyPaths(ref path, 2_000);
                return profiler.Status.Losses.Any(loss => loss.Key == Loss);
            },
            TimeSpan.FromSeconds(120),
            "the table is full");

        var table = profiler.Status.Tables.Single(table => table.Name == "rows since the start");
        Assert.InRange(table.Used, table.Limit, table.Limit + 4); // [overflow] has a row for each kind of sample
        Assert.Contains(profiler.Status.Notes, note => note.Contains("[overflow]", StringComparison.Ordinal));

        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{profiler.Host.Services.BoundPort}/debug/pprof/") };
        Assert.Contains(Loss, await client.GetStringAsync("status"), StringComparison.Ordinal);
        Assert.Contains(Loss, await client.GetStringAsync(""), StringComparison.Ordinal);
        Assert.Contains(Loss, Reasons());
        Assert.Contains("[overflow]", await client.GetStringAsync("exceptions?debug=1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_capture_refused_because_of_the_number_is_told_once_everywhere()
    {
        const string Refused = "captures refused because of their number";
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { DiagnosticsPort = 0, MaxCaptures = 1 });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{profiler.Host.Services.BoundPort}/debug/pprof/") };
        using var end = new CancellationTokenSource();
        var running = client.GetAsync("exceptions?seconds=300", end.Token);
        await Eventually.Until(() => profiler.Status.Tables.Any(table => table is { Name: "captures", Used: 1 }));
        using (var second = await client.GetAsync("exceptions?seconds=1"))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        }

        Assert.Contains(new(Refused, 1), profiler.Status.Losses);
        Assert.Contains(Refused, Reasons());
        Assert.Equal(2, (await client.GetStringAsync("")).Split(Refused).Length);
        Assert.Contains($"{Refused}: 1", await client.GetStringAsync("status"), StringComparison.Ordinal);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static List<string?> Reasons()
    {
        var reasons = new List<string?>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument is { Meter.Name: "SelfProfiler", Name: "selfprofiler.losses" })
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => reasons.Add(tags[0].Value as string));
        listener.Start();
        listener.RecordObservableInstruments();
        return reasons;
    }

    /// <summary>Each number is another way down two methods, hence another stack.</summary>
    private static void ThrowOnManyPaths(ref int path, int count)
    {
        for (int end = path + count; path < end; path++)
        {
            Left(path, 16);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Left(int path, int depth) => Down(path, depth) - 1; // no call in tail position: each has its frame

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Right(int path, int depth) => Down(path, depth) + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Down(int path, int depth)
    {
        if (depth > 0)
        {
            return (path & 1) == 0 ? Left(path >> 1, depth - 1) : Right(path >> 1, depth - 1);
        }

        return Throw();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Throw()
    {
        try
        {
            throw new InvalidTimeZoneException();
        }
        catch (InvalidTimeZoneException)
        {
            return 0;
        }
    }
}

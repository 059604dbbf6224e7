using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SelfProfiler.TestKit;
using Xunit;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

/// <summary>Two hundred requests at once, each with a trace of its own and one of four kinds of work between awaits.</summary>
public sealed class ConcurrentRequestTests
{
    private const int Requests = 200;
    private const int Hops = 5;

    private static readonly string[] Works = [nameof(WorkNorth), nameof(WorkEast), nameof(WorkSouth), nameof(WorkWest)];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public Task Each_trace_has_its_own_work_and_nobody_elses() => TruthTest.Repeat(TimeSpan.FromMilliseconds(2.5), async each =>
    {
        await using var app = await StartAsync(each);
        var profiler = app.Services.GetRequiredService<ContinuousProfiler>();
        await Profilers.Ready(profiler);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = Deadline };
        string[] traces = [.. Enumerable.Range(0, Requests).Select(_ => ActivityTraceId.CreateRandom().ToHexString())];
        var capture = profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromMinutes(4));
        await Task.WhenAll(traces.Select((trace, i) => AskAsync(client, i, trace)));
        profiler.EndCaptures(); // who waits gets what was collected
        CheckCpu(await capture.WaitAsync(Deadline), traces, profiler.Status);
    });

    [Fact]
    public async Task Asked_for_one_trace_the_endpoint_shows_its_work_alone()
    {
        await using var app = await StartAsync(TimeSpan.FromMilliseconds(0.1));
        await Profilers.Ready(app.Services.GetRequiredService<ContinuousProfiler>());
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = Deadline };
        string[] traces = [.. Enumerable.Range(0, Requests).Select(_ => ActivityTraceId.CreateRandom().ToHexString())];
        await Task.WhenAll(traces.Select((trace, i) => AskAsync(client, i, trace)));

        // Every exception is counted, none is sampled: the answer is exact once all have arrived.
        string all = "";
        await Eventually.Until(
            () => Thrown(all = client.GetStringAsync("/debug/pprof/exceptions?from=-10m&format=folded").GetAwaiter().GetResult()) >= Requests * Hops, Deadline);
        Assert.Equal(Requests * Hops, Thrown(all));
        for (int i = 0; i < Requests; i++)
        {
            string folded = await client.GetStringAsync($"/debug/pprof/exceptions?trace_id={traces[i]}&format=folded");
            Assert.Equal(Hops, Thrown(folded));
            Assert.All(folded.TrimEnd('\n').Split('\n'), line => Assert.Contains("ConcurrentRequestTests." + Works[i % 4], line, StringComparison.Ordinal));
        }
    }

    private static void CheckCpu(Profile profile, string[] traces, ProfilerStatus status)
    {
        var works = traces.Select((trace, i) => (trace, Work: "ConcurrentRequestTests." + Works[i % 4])).ToDictionary(pair => pair.trace, pair => pair.Work);
        long all = 0, labelled = 0, wrong = 0;
        var seen = new HashSet<string>();
        foreach (var sample in profile.Data.Samples)
        {
            string? work = ProfileAssertions.Stack(profile.Data, sample.LeafNode)
                .SelectMany(frame => Works.Select(name => "ConcurrentRequestTests." + name).Where(name => frame.Contains(name, StringComparison.Ordinal))).FirstOrDefault();
            if (work is null)
            {
                continue;
            }

            string? trace = profile.Data.LabelSets[sample.LabelSet].FirstOrDefault(label => label.Key == "trace_id").Value;
            all += sample.Count;
            labelled += trace is null ? 0 : sample.Count;
            wrong += trace is not null && works.GetValueOrDefault(trace) != work ? sample.Count : 0;
            _ = trace is not null && seen.Add(trace);
        }

        Assert.True(all >= 50, $"{all} samples\n{profile.ToFoldedText()}");
        Assert.Equal(0, wrong);
        Assert.True(labelled >= all * 0.99, $"{labelled} of {all} samples carry their trace; losses: {string.Join(", ", status.Losses)}");
        Assert.True(seen.Count >= 25, $"{seen.Count} traces were seen in {all} samples");
    }

    private static long Thrown(string folded) => folded.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line.Contains("InvalidTimeZoneException", StringComparison.Ordinal))
        .Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));

    private static async Task AskAsync(HttpClient client, int number, string trace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/work/" + (number % 4));
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        using var answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<WebApplication> StartAsync(TimeSpan each)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Critical); // activities as in every application
        builder.Services.AddContinuousProfiling(options => options.Governor = false);
        var app = builder.Build();
        app.MapGet("/work/{kind:int}", async (int kind) =>
        {
            for (int i = 0; i < Hops; i++)
            {
                await (kind switch { 0 => WorkNorth(each), 1 => WorkEast(each), 2 => WorkSouth(each), _ => WorkWest(each) });
                await Task.Delay(1);
            }
        });
        await app.StartAsync();
        return app;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task WorkNorth(TimeSpan each)
    {
        Burn(each);
        await Task.Yield();
        Burn(each);
        Throw();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task WorkEast(TimeSpan each)
    {
        Burn(each);
        await Task.Yield();
        Burn(each);
        Throw();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task WorkSouth(TimeSpan each)
    {
        Burn(each);
        await Task.Yield();
        Burn(each);
        Throw();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task WorkWest(TimeSpan each)
    {
        Burn(each);
        await Task.Yield();
        Burn(each);
        Throw();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double Burn(TimeSpan time)
    {
        double x = 1;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time;)
        {
            for (int i = 0; i < 50; i++)
            {
                x = Math.Sqrt(x + i);
            }
        }

        return x;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw()
    {
        try
        {
            throw new InvalidTimeZoneException();
        }
        catch (InvalidTimeZoneException)
        {
        }
    }
}

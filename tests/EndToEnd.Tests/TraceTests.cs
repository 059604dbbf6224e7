using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;
using SelfProfiler.TestKit;
using Xunit;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests;

/// <summary>Recorded traces, opened by the library that every tool for them is built on.</summary>
public sealed class TraceTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("selfprofiler-trace-").FullName;

    [Fact]
    public Task A_trace_opens_and_names_what_ran() => TruthTest.Repeat(TimeSpan.FromSeconds(1), async duration =>
    {
        await using var profiler = await StartAsync();
        using var client = Client(profiler);
        using var stop = new CancellationTokenSource();
        var worker = new Thread(() => BurnForTheTrace(stop.Token)) { IsBackground = true };
        worker.Start();
        var answer = await client.GetAsync($"trace?seconds={duration.TotalSeconds}");
        byte[] trace = await answer.Content.ReadAsByteArrayAsync();
        await stop.CancelAsync();
        worker.Join();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("Nettrace"u8, trace.AsSpan(0, 8));
        var (samples, named) = Samples(trace);
        Assert.True(samples >= 20, $"{samples} samples");
        Assert.True(named >= 5, $"{named} of {samples} samples show the method that ran");
    });

    [Fact]
    public async Task One_is_recorded_at_a_time_and_a_client_that_goes_away_ends_it()
    {
        await using var profiler = await StartAsync();
        using var client = Client(profiler);
        using var gone = new CancellationTokenSource();
        using var first = await client.GetAsync("trace?seconds=120", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var second = await client.GetAsync("trace?seconds=1");
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.Contains("one at a time", await second.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        first.Dispose();
        await Eventually.Until(() => client.GetAsync("trace?seconds=0.1").GetAwaiter().GetResult().StatusCode == HttpStatusCode.OK, Deadline);
    }

    [Fact]
    public async Task The_off_switch_ends_it_and_keeps_what_was_recorded()
    {
        await using var profiler = await StartAsync();
        using var client = Client(profiler);
        var trace = await client.GetAsync("trace?seconds=120", HttpCompletionOption.ResponseHeadersRead);
        profiler.Enabled = false;
        byte[] bytes = await trace.Content.ReadAsByteArrayAsync().WaitAsync(Deadline);
        Assert.True(Methods(bytes) > 1_000, $"{bytes.Length} bytes without the list of methods");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("trace?seconds=1")).StatusCode);
        profiler.Enabled = true;
    }

    [Fact]
    public async Task It_does_not_outlive_the_profiler()
    {
        var profiler = await StartAsync();
        using var client = Client(profiler);
        var engine = profiler.Host.Engine!;
        using var trace = await client.GetAsync("trace?seconds=120", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, trace.StatusCode);
        await profiler.DisposeAsync();
        await Eventually.Until(() => !engine.Traces.Runs, Deadline);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Task<ContinuousProfiler> StartAsync() => Profilers.StartAsync(new ContinuousProfilingOptions { DiagnosticsPort = 0 });

    private static HttpClient Client(ContinuousProfiler profiler) => new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{profiler.Host.Services.BoundPort}/debug/pprof/"),
        Timeout = Deadline,
    };

    private TraceLog Open(byte[] trace)
    {
        string file = Path.Combine(_folder, Guid.NewGuid().ToString("n") + ".nettrace");
        File.WriteAllBytes(file, trace);
        return new TraceLog(TraceLog.CreateFromEventPipeDataFile(file));
    }

    private (int Samples, int Named) Samples(byte[] trace)
    {
        using var log = Open(trace);
        int samples = 0, named = 0;
        foreach (var data in log.Events.Where(data => data.ProviderName == "Microsoft-DotNETCore-SampleProfiler"))
        {
            samples++;
            bool found = false;
            for (var frame = data.CallStack(); frame is not null && !found; frame = frame.Caller)
            {
                found = frame.CodeAddress.FullMethodName.Contains("TraceTests.BurnForTheTrace", StringComparison.Ordinal);
            }

            named += found ? 1 : 0;
        }

        return (samples, named);
    }

    private static int Methods(byte[] trace)
    {
        int methods = 0;
        using var source = new EventPipeEventSource(new MemoryStream(trace));
        new ClrRundownTraceEventParser(source).MethodDCStopVerbose += _ => methods++;
        source.Process();
        return methods;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double BurnForTheTrace(CancellationToken stop)
    {
        double x = 1;
        while (!stop.IsCancellationRequested)
        {
            x = Math.Sqrt(x + 1);
        }

        return x;
    }
}

using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Hosting;

/// <summary>In which order a host lets go: captures first, then its server drains, then the last export.</summary>
public sealed class ShutdownTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Captures_end_when_the_host_begins_to_stop_and_the_last_export_comes_when_it_has_drained()
    {
        var order = new ConcurrentQueue<string>();
        using var server = new Server(order);
        using var host = Build(server, new Exporter(order));
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        await Profilers.Ready(profiler);
        await Eventually.Until(() => Throw() && profiler.Host.Counts().GetValueOrDefault(ProfileKind.Exceptions) > 0, Deadline);

        using var client = Client(profiler);
        server.Waits.Add(profiler.CaptureAsync(ProfileKind.Cpu, Long));
        server.Waits.Add(profiler.CaptureAsync(ProfileKind.Wall, Long));
        var answer = client.GetAsync("exceptions?seconds=300");
        server.Waits.Add(answer);
        await Eventually.Until(() => profiler.Status.Tables.Single(table => table.Name == "captures").Used == 3, Deadline); // what begins later is refused

        await host.StopAsync();
        Assert.Equal("drained", order.First()); // and then the export, which has a deadline that a busy machine may miss
        byte[] body = await (await answer).Content.ReadAsByteArrayAsync();
        Assert.True((await answer).StatusCode == HttpStatusCode.OK, System.Text.Encoding.UTF8.GetString(body));
        PprofChecker.Check(body);
    }

    [Fact]
    public async Task A_capture_that_has_just_begun_ends_too()
    {
        var order = new ConcurrentQueue<string>();
        using var server = new Server(order);
        using var host = Build(server, new Exporter(order));
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        server.Waits.Add(profiler.CaptureAsync(ProfileKind.Cpu, Long));
        await host.StopAsync();
        Assert.Equal("drained", order.First());
        await Assert.ThrowsAsync<InvalidOperationException>(() => profiler.CaptureAsync(ProfileKind.Cpu, Long));
    }

    [Fact]
    public async Task A_trace_under_way_is_completed_before_the_server_has_drained()
    {
        var order = new ConcurrentQueue<string>();
        using var server = new Server(order);
        using var host = Build(server, new Exporter(order));
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        using var client = Client(profiler);
        using var answer = await client.GetAsync("trace?seconds=300", HttpCompletionOption.ResponseHeadersRead);
        var trace = answer.Content.ReadAsByteArrayAsync();
        server.Waits.Add(trace.ContinueWith(static _ => { }, TaskScheduler.Default)); // cut or not: it ends
        await host.StopAsync();
        Assert.Equal("drained", order.First());
        Assert.True(trace.IsCompleted);
    }

    /// <summary>On the diagnostics port it was 500 and an error in the log.</summary>
    [Theory]
    [InlineData("profile?seconds=1")]
    [InlineData("allocs")]
    [InlineData("threads")]
    public async Task Who_asks_an_engine_that_has_ended_is_told_so(string question)
    {
        using var host = Build();
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        using var client = Client(profiler);
        profiler.Host.Engine!.Stop(TimeSpan.FromSeconds(2));

        using var answer = await client.GetAsync(question);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("has stopped", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, profiler.Host.Services.Handler.Failures);
        await Assert.ThrowsAsync<InvalidOperationException>(() => profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(1)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => profiler.CumulativeAsync(ProfileKind.Allocations));
        await host.StopAsync();
    }

    [Fact]
    public async Task What_the_port_refused_is_in_the_status_the_index_and_the_metrics()
    {
        using var host = Build();
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        using (var socket = new System.Net.Sockets.TcpClient("127.0.0.1", profiler.Host.Services.BoundPort!.Value))
        {
            await socket.GetStream().WriteAsync("no http at all\r\n\r\n"u8.ToArray());
            await Eventually.Until(() => profiler.Status.Losses.Any(loss => loss is { Key: "malformed requests to the diagnostics port", Value: 1 }), Deadline);
        }

        using var client = Client(profiler);
        Assert.Contains("malformed requests to the diagnostics port", await client.GetStringAsync(""), StringComparison.Ordinal);
        Assert.Contains("malformed requests to the diagnostics port: 1", await client.GetStringAsync("status"), StringComparison.Ordinal);

        var reasons = new List<string?>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument is { Meter.Name: "SelfProfiler", Name: "selfprofiler.losses" })
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => reasons.Add(tags[0].Value as string));
        listener.Start();
        await Eventually.Until(
            () =>
            {
                listener.RecordObservableInstruments(); // the meter comes with the engine
                return reasons.Contains("malformed requests to the diagnostics port");
            },
            Deadline);
        await host.StopAsync();
    }

    private static IHost Build(Server? server = null, Exporter? exporter = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddContinuousProfilingCore(options =>
        {
            options.DiagnosticsPort = 0;
            options.ExportInterval = TimeSpan.FromHours(1);
        });
        if (server is not null)
        {
            builder.Services.AddHostedService(_ => server);
            builder.Services.AddSingleton<IProfileExporter>(exporter!);
        }

        return builder.Build();
    }

    private static HttpClient Client(ContinuousProfiler profiler) => new()
    {
        BaseAddress = new Uri($"http://127.0.0.1:{profiler.Host.Services.BoundPort}/debug/pprof/"),
        Timeout = Deadline,
    };

    private static bool Throw()
    {
        try
        {
            throw new InvalidTimeZoneException();
        }
        catch (InvalidTimeZoneException)
        {
            return true;
        }
    }

    /// <summary>Drains as a web server does: it has stopped when nobody waits for an answer any more.</summary>
    private sealed class Server(ConcurrentQueue<string> order) : IHostedService, IDisposable
    {
        public List<Task> Waits { get; } = [];

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await Task.WhenAll(Waits).WaitAsync(Deadline, CancellationToken.None);
            order.Enqueue("drained");
        }

        public void Dispose()
        {
        }
    }

    private sealed class Exporter(ConcurrentQueue<string> order) : IProfileExporter
    {
        public string Name => "order";

        public ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken)
        {
            order.Enqueue("export");
            return new(ExportResult.Delivered);
        }
    }
}

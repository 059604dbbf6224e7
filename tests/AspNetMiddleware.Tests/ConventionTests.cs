using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests;

/// <summary>What operators rely on: health, event ids, the off switch from outside.</summary>
public sealed class ConventionTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly string[] Sources = ["cpu", "methods", "allocations and exceptions", "contention", "waits"];

    [Fact]
    public async Task A_part_that_does_not_deliver_degrades_health_and_never_fails_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var app = await TestApp.StartAsync(
            map: app => app.MapHealthChecks("/health"),
            options: options => options.DiagnosticsPort = ((IPEndPoint)taken.LocalEndpoint).Port,
            build: builder => builder.Services.AddHealthChecks().AddContinuousProfiling());
        await Eventually.Until(() => app.Profiler.Status.Parts.Any(part => part is { Name: "diagnostics port", State: PartState.Failed }), Deadline);
        var answer = await app.Client.GetAsync("/health");
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));

        app.Profiler.Enabled = false;
        Assert.Equal("Healthy", await app.Client.GetStringAsync("/health"));
        app.Profiler.Enabled = true;
    }

    [Fact]
    public async Task Whoever_has_the_token_can_switch_every_source_off_and_on()
    {
        await using var app = await TestApp.StartAsync(
            environment: "Production",
            options: options =>
            {
                options.DiagnosticsPort = 0;
                options.DiagnosticsToken = "a token of some length";
            });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{app.Profiler.Host.Services.BoundPort}/debug/pprof/") };
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync("off", null)).StatusCode);
        Assert.True(app.Profiler.Enabled);

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "a token of some length");
        await Eventually.Until(() => app.Profiler.Status.Parts.All(part => part.State != PartState.Starting), Deadline);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("off", null)).StatusCode);
        await Eventually.Until(() => app.Profiler.Status.Parts.Where(part => Sources.Contains(part.Name)).All(part => part.State == PartState.Off), Deadline);
        Assert.Contains("off", await (await client.GetAsync("profile?seconds=1")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("on", null)).StatusCode);
        Assert.True(app.Profiler.Enabled);
    }

    [Fact]
    public async Task The_first_refusal_is_logged_with_its_event_id_and_what_to_set()
    {
        var log = new Recorder();
        await using var app = await TestApp.StartAsync(build: builder => builder.Logging.AddProvider(log).AddFilter<Recorder>("SelfProfiler", LogLevel.Trace));
        for (int i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/debug/pprof/");
            request.Headers.Add("X-Forwarded-For", "203.0.113.9");
            Assert.Equal(HttpStatusCode.NotFound, (await app.Client.SendAsync(request)).StatusCode);
        }

        await Eventually.Until(() => log.Lines.Any(line => line.Id == 31), Deadline);
        string sentence = Assert.Single(log.Lines, line => line.Id == 31).Text;
        Assert.Contains("MapPprof", sentence, StringComparison.Ordinal);
    }

    private sealed class Recorder : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<(int Id, string Text)> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue((eventId.Id, formatter(state, exception)));

        public void Dispose()
        {
        }
    }
}

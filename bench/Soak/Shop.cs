using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SelfProfiler.Bench.Soak;

/// <summary>A web application in memory: its requests get their trace and their route from the framework, as those of a real one do.</summary>
internal sealed class Shop : IAsyncDisposable
{
    /// <summary>Full within the warm-up of an hour's run: filling up to a bound that the user sets is no leak, and would hide one.</summary>
    private const int HistoryMegabytes = 1;

    private const int TurnsPerRoute = 5;

    private readonly MemoryServer _server = new();
    private readonly NewRoutes _routes;
    private readonly ActivityListener _listener;
    private readonly WebApplication _app;

    /// <param name="profiled">With the profiler in it.</param>
    /// <param name="work">What a request does, by its number.</param>
    public Shop(bool profiled, Func<long, Task> work)
    {
        _routes = new NewRoutes(context => work(Number(context)));

        // As a tracer would: without a listener the framework makes no activities.
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(_listener);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders(); // what the process prints are readings
        builder.Services.AddSingleton<IServer>(_server);
        if (profiled)
        {
            builder.Services.AddContinuousProfiling(static options => options.HistoryMegabytes = HistoryMegabytes);
        }

        _app = builder.Build();
        ((IEndpointRouteBuilder)_app).DataSources.Add(_routes);
    }

    /// <summary>Null without the profiler.</summary>
    public ContinuousProfiler? Profiler => _app.Services.GetService<ContinuousProfiler>();

    public Task StartAsync() => _app.StartAsync();

    public Task SendAsync(long number)
    {
        if (number % TurnsPerRoute == 0)
        {
            _routes.Replace(FormattableString.Invariant($"/made/{number}/{{id}}"));
        }

        return _server.SendAsync(FormattableString.Invariant($"/made/{number - (number % TurnsPerRoute)}/{number}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _listener.Dispose();
    }

    private static long Number(HttpContext context) => long.Parse((string)context.GetRouteValue("id")!, CultureInfo.InvariantCulture);
}

using WebApi;

// A small shop that profiles itself. Every route has a known cost, so that you can check what the profiler says.
var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("SelfProfiler", LogLevel.Information).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
builder.Services.AddSingleton<Orders>();
if (!args.Contains("--no-profiler"))
{
    builder.Services.AddContinuousProfiling();
}

if (!args.Contains("--no-load"))
{
    builder.Services.AddHostedService<LightLoad>();
}

var app = builder.Build();
if (app.Urls.Count == 0 && app.Configuration["urls"] is null)
{
    app.Urls.Add("http://127.0.0.1:5080");
}

app.MapGet("/orders/{id:int}", (int id, Orders orders) => orders.Get(id));
app.MapGet("/cpu", (double ms = 20) => Work.Burn(ms));
app.MapGet("/wait", async (double ms = 50) => { await Task.Delay(TimeSpan.FromMilliseconds(ms)); return ms; });
app.MapGet("/block", (double ms = 50) => Work.Block(ms));
app.MapGet("/alloc", (int kb = 256) => Work.Allocate(kb));
app.MapGet("/lock", (double ms = 5) => Work.Fight(ms));
app.MapGet("/throw", () => Work.Throw());
app.MapGet("/hops", (int n = 5, double ms = 4) => Work.HopAsync(n, ms));
app.MapGet("/", () => Results.Text(Urls.Text(app.Urls.FirstOrDefault() ?? ""), "text/plain"));

app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(Urls.Text(app.Urls.First())));
app.Run();

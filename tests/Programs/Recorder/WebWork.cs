using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace SelfProfiler.Recorder;

/// <summary>A web server and its clients in one process.</summary>
internal static class WebWork
{
    private const int Clients = 4;
    private const int RequestsPerClient = 12;

    public static async Task<Func<Task>> PrepareAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapGet("/json/{count:int}", (int count) => Enumerable.Range(0, count).Select(i => new { Id = i, Name = $"item {i}" }));
        app.MapGet("/throw", () =>
        {
            Workload.Catch(4);
            return "caught";
        });
        app.MapGet("/wait", async () =>
        {
            await Task.Delay(5);
            return "waited";
        });
        await app.StartAsync();
        var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        await RequestAsync(client, 3);

        return async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(() => RequestAsync(client, RequestsPerClient))));
            await app.StopAsync();
        };
    }

    private static async Task RequestAsync(HttpClient client, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var path = (i % 3) switch { 0 => "/json/500", 1 => "/throw", _ => "/wait" };
            await client.GetStringAsync(path);
        }
    }
}

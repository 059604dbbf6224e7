namespace WebApi;

/// <summary>Asks the application for something a few times a second, so that a newcomer sees something at once; <c>--no-load</c> leaves it out.</summary>
internal sealed class LightLoad(IHostApplicationLifetime lifetime, IServiceProvider services) : BackgroundService
{
    private static readonly string[] Paths =
        ["/orders/{0}", "/orders/{0}", "/orders/{0}", "/cpu?ms=8", "/wait?ms=30", "/block?ms=15", "/alloc?kb=128", "/lock?ms=3", "/lock?ms=3", "/throw", "/hops?n=3&ms=2"];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource();
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var addresses = services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
            .Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses;
        using var client = new HttpClient { BaseAddress = new Uri(addresses.First()) };
        await Task.WhenAll(RunAsync(client, 1, stoppingToken), RunAsync(client, 2, stoppingToken));
    }

    private static async Task RunAsync(HttpClient client, int seed, CancellationToken stoppingToken)
    {
        for (int i = seed; !stoppingToken.IsCancellationRequested; i += 7)
        {
            try
            {
                await client.GetAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, Paths[i % Paths.Length], i), stoppingToken);
                await Task.Delay(40, stoppingToken);
            }
            catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException)
            {
                return; // the application stops
            }
        }
    }
}

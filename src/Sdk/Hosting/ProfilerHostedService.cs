using Microsoft.Extensions.Hosting;

namespace SelfProfiler.Hosting;

/// <summary>Ties the profiler to the host's life: nothing waits for it at the start, and the last export comes after the server has drained.</summary>
internal sealed class ProfilerHostedService(ContinuousProfiler profiler, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    private CancellationTokenRegistration _stopping;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        profiler.Run();
        _stopping = lifetime.ApplicationStopping.Register(profiler.EndCaptures);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        profiler.Started();
        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stopping.DisposeAsync().ConfigureAwait(false);
        await profiler.StopAsync(cancellationToken).ConfigureAwait(false);
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SelfProfiler.AspNetCore;

/// <summary>Degraded when a part of the profiler does not deliver; a broken profiler is never a reason to take the application out of service.</summary>
internal sealed class ProfilerHealthCheck(ContinuousProfiler profiler) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var status = profiler.Status;
        return Task.FromResult(
            !status.Enabled ? HealthCheckResult.Healthy("The profiler is switched off.")
            : status.Notes.Count == 0 ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(string.Join(" ", status.Notes)));
    }
}

using System.Diagnostics;

namespace SelfProfiler.Exporter.Pyroscope;

/// <summary>Sets <c>pyroscope.profile.id</c> on spans that begin the work of this process, while a tracer provider lives.</summary>
/// <remarks>
/// OpenTelemetry.Api has no span processors, so this listens itself. It never asks for an activity (<see cref="ActivitySamplingResult.None"/>
/// lets the others decide alone), and touches only those that are recorded: flags, ids and what others see stay as they are.
/// </remarks>
internal sealed class ProfileIds : IDisposable
{
    public const string Tag = "pyroscope.profile.id";

    private readonly ActivityListener _listener = new()
    {
        ShouldListenTo = static _ => true,
        Sample = static (ref _) => ActivitySamplingResult.None,
        ActivityStarted = static activity => Mark(activity),
    };

    public ProfileIds() => ActivitySource.AddActivityListener(_listener);

    public void Dispose() => _listener.Dispose();

    internal static void Mark(Activity activity)
    {
        if (activity.IsAllDataRequested && (activity.Parent is null || activity.HasRemoteParent))
        {
            activity.SetTag(Tag, activity.SpanId.ToHexString());
        }
    }
}

using System.Diagnostics.Tracing;

namespace SelfProfiler.Recorder;

/// <summary>Writes the Stopwatch into the stream, so that tests can compare it with the times of the events.</summary>
[EventSource(Name = ProviderName)]
internal sealed class MarkEventSource : EventSource
{
    public const string ProviderName = "SelfProfiler-Recorder";

    public static MarkEventSource Log { get; } = new();

    [Event(1, Level = EventLevel.Informational)]
    public void Stopwatch(long timestamp) => WriteEvent(1, timestamp);

    [Event(2, Level = EventLevel.Informational)]
    public void Filler(string text) => WriteEvent(2, text);

    [NonEvent]
    public void Mark() => Stopwatch(System.Diagnostics.Stopwatch.GetTimestamp());
}

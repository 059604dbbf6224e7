namespace SelfProfiler;

/// <summary>What an exporter keeps to send it later, in a spool.</summary>
/// <param name="Count">What waits.</param>
/// <param name="Dropped">What it gave up since the start: too much, too old, or too many failed attempts.</param>
public readonly record struct ExporterBacklog(int Count, long Dropped);

namespace SelfProfiler;

/// <summary>Something an exporter left out of the profiles it sent, because of a limit.</summary>
/// <param name="Name">What, in a few words that stay the same: the status and the metrics count under it.</param>
/// <param name="Count">How often since the start.</param>
/// <param name="Sentence">What it was and what to do; logged once.</param>
public sealed record ExporterLoss(string Name, long Count, string Sentence);

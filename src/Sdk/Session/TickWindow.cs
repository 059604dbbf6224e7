namespace SelfProfiler.Session;

/// <summary>A time in which the runtime ticked. Ticks of one window are alike: accuracy is stated by the number of windows.</summary>
/// <param name="Number">Counts windows since the start.</param>
/// <param name="Start">When the runtime had the session running (monotonic ns).</param>
/// <param name="End">When it was told to stop (monotonic ns); a tick under way may still have come.</param>
/// <param name="Ticks">Ticks seen, as the decoder told.</param>
/// <param name="Mode">A window of its own, or a piece of a session that is always on.</param>
internal readonly record struct TickWindow(long Number, long Start, long End, long Ticks, TickMode Mode);

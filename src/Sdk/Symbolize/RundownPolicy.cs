namespace SelfProfiler.Symbolize;

/// <summary>Decides when a rundown of method names is worth its price. No I/O, no clock of its own.</summary>
/// <remarks>A rundown takes a tenth of a second of the runtime's time and holds locks the JIT needs. Entry points name precompiled methods that
/// are first called while we look; a rundown is repeated when samples keep falling on others. Each one that helps little doubles the pause.</remarks>
internal sealed class RundownPolicy(TimeProvider time)
{
    /// <summary>Fewer unknown look-ups are not worth it.</summary>
    public const int WorthIt = 20;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AfterMissing = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(30);

    private TimeSpan _pause = Shortest;
    private long? _last;
    private long _unknownAtLast;
    private long _unknownBefore;
    private bool _missed;
    private bool _lost;

    /// <summary>Something is missing that only a list will tell.</summary>
    public bool WantsList => _missed || _lost;

    /// <param name="unknownInImages"><see cref="MethodMap.UnknownInImages"/>: look-ups so far.</param>
    public bool ShouldRun(long unknownInImages)
    {
        var since = _last is { } last ? time.GetElapsedTime(last) : TimeSpan.MaxValue;
        return _missed ? since >= AfterMissing : since >= _pause && (_lost || unknownInImages - _unknownAtLast >= WorthIt);
    }

    /// <summary>For a while nobody listened: code appeared that only a list will name, compiled code too.</summary>
    public void Missed() => _missed = true;

    /// <summary>Events that tell of methods were lost. A runtime that loses some may lose more: not more often than for unknown look-ups.</summary>
    public void Lost() => _lost = true;

    /// <summary>A rundown begins.</summary>
    public void Started(long unknownInImages)
    {
        _unknownBefore = unknownInImages - _unknownAtLast;
        _unknownAtLast = unknownInImages;
        _last = time.GetTimestamp();
        _missed = _lost = false;
    }

    /// <summary>It has been read.</summary>
    /// <param name="newBodies">Bodies it brought that were not known.</param>
    /// <param name="unknownInImages">Look-ups so far; what was unknown while the list was made says nothing of the next one.</param>
    public void Finished(long newBodies, long unknownInImages)
    {
        _pause = newBodies * 2 >= Math.Max(1, _unknownBefore) ? Shortest : TimeSpan.FromTicks(Math.Min(Longest.Ticks, _pause.Ticks * 2));
        _unknownAtLast = unknownInImages;
    }
}

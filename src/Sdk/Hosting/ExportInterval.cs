using SelfProfiler.Aggregate;

namespace SelfProfiler.Hosting;

/// <summary>The window that the exporters share: cut at each interval, the next one begins at the same instant. Used by one thread at a time.</summary>
internal sealed class ExportInterval(Func<ProfileSource> identify)
{
    private static readonly TimeSpan SealDeadline = TimeSpan.FromSeconds(2);
    private static readonly ProfileKind[] Exported =
        [ProfileKind.Cpu, ProfileKind.Wall, ProfileKind.Allocations, ProfileKind.Contention, ProfileKind.Waits, ProfileKind.Exceptions];

    private ProfileSource? _source;
    private ProfilerEngine? _engine;
    private CaptureTicket? _current;

    /// <summary>The window that is filled now; null before there is an engine.</summary>
    public CaptureTicket? Current => _current;

    public void Open(ProfilerEngine engine)
    {
        _engine = engine;
        _current = engine.Open(Kinds.Interval, TimeSpan.MaxValue);
    }

    /// <summary>The profiles of the interval that ends now; kinds without a sample are left out.</summary>
    public IReadOnlyList<ProfileExport> Cut()
    {
        if (_engine is not { } engine || _current is not { } ended)
        {
            return [];
        }

        _current = engine.Cut(ended);
        if (_current.Done.IsCanceled)
        {
            // The pump took no command. Ending has room of its own: the window must not stay open for ever.
            engine.End(ended);
            _current = engine.Open(Kinds.Interval, TimeSpan.MaxValue);
        }

        if (!ended.Done.Wait(SealDeadline))
        {
            throw new TimeoutException("The interval was not sealed in time; its profiles are lost.");
        }

        var window = ended.Done.Result;
        _source ??= identify();
        var exports = new List<ProfileExport>();
        foreach (var kind in Exported)
        {
            if (window.Rows[(int)kind].Length > 0)
            {
                var profile = engine.Build(kind, new ProfileFilter(), [window]);
                if (profile.SampleCount > 0)
                {
                    exports.Add(new ProfileExport(profile, _source, window.Lost));
                }
            }
        }

        return exports;
    }
}

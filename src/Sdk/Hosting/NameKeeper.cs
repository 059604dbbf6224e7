using SelfProfiler.Session;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Hosting;

/// <summary>Has precompiled methods listed again when samples keep falling on unnamed ones, as far as the budget allows. Pump only.</summary>
internal sealed class NameKeeper(MethodMap methods, SessionSupervisor sessions, Action<Action> inBackground)
{
    private const long CheckEveryNs = 2_000_000_000;
    private const long ImagesEveryNs = 60_000_000_000;

    private readonly RundownPolicy _policy = new(TimeProvider.System);
    private long _nextCheck;
    private long _nextImages;
    private int _bodiesBefore;
    private int _modulesSeen;
    private bool _running;

    public void OnTurn(long now, bool allowed)
    {
        if (now < _nextCheck)
        {
            return;
        }

        _nextCheck = now + CheckEveryNs;
        if (now >= _nextImages || methods.Modules.Count != _modulesSeen)
        {
            // Reading the mappings takes a file and allocates: not on the pump.
            _nextImages = now + ImagesEveryNs;
            _modulesSeen = methods.Modules.Count;
            inBackground(() => methods.Images = ImageRanges.Read());
        }

        if (_running && !sessions.RundownRuns)
        {
            _running = false;
            _policy.Finished(methods.Count - _bodiesBefore);
        }

        if (!_running && allowed && _policy.ShouldRun(methods.UnknownInImages))
        {
            _running = true;
            _bodiesBefore = methods.Count;
            _policy.Started(methods.UnknownInImages);
            sessions.RequestRundown();
        }
    }
}

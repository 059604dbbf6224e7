using SelfProfiler.Session;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Hosting;

/// <summary>Has precompiled methods listed again when samples keep falling on unnamed ones, as far as the budget allows. Pump only.</summary>
internal sealed class NameKeeper(MethodMap methods, SessionSupervisor sessions, Action<Action> inBackground)
{
    private const long CheckEveryNs = 2_000_000_000;
    private const long ImagesEveryNs = 60_000_000_000;
    private const long PathsTakeNs = 10_000_000_000;

    private readonly RundownPolicy _policy = new(TimeProvider.System);
    private readonly LinelessModules _lineless = new(); // in the background
    private volatile bool _marked;
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
        if (_marked)
        {
            _marked = false;
            methods.SweepILMaps();
        }

        if (now >= _nextImages || methods.Modules.Count != _modulesSeen)
        {
            // Modules are met before their paths are told: once more after a while.
            _nextImages = now + (methods.Modules.Count != _modulesSeen ? PathsTakeNs : ImagesEveryNs);
            _modulesSeen = methods.Modules.Count;
            inBackground(LookAtFiles);
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

    /// <summary>Takes files and allocates: not on the pump.</summary>
    private void LookAtFiles()
    {
        methods.Images = ImageRanges.Read();
        _lineless.Mark(methods.Modules);
        _marked = true;
    }
}

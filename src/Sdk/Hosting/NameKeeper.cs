using SelfProfiler.Session;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Hosting;

/// <summary>Has methods listed again when nobody listened for a while, when events that tell of them were lost, or when samples keep falling on unnamed precompiled ones, as far as the budget allows. Pump only.</summary>
/// <param name="methods">What is known.</param>
/// <param name="sessions">Who lists what exists.</param>
/// <param name="lostEvents">How many events the sessions that tell of methods lost so far.</param>
/// <param name="inBackground">Runs what takes files.</param>
internal sealed class NameKeeper(MethodMap methods, SessionSupervisor sessions, Func<long> lostEvents, Action<Action> inBackground)
{
    private const long CheckEveryNs = 2_000_000_000;
    private const long ImagesEveryNs = 60_000_000_000;
    private const long PathsTakeNs = 10_000_000_000;

    /// <summary>A list that has not come by then will not.</summary>
    private const long ListTakesNs = 120_000_000_000;

    private readonly RundownPolicy _policy = new(TimeProvider.System);
    private readonly LinelessModules _lineless = new(); // in the background
    private volatile bool _marked;
    private long _nextCheck;
    private long _nextImages;
    private int _bodiesBefore;
    private int _modulesSeen;
    private int _startsSeen;
    private int _listsBefore;
    private long _listAsked;
    private long _lostSeen;
    private bool _running;

    public void OnTurn(long now, bool allowed)
    {
        if (sessions.MethodStarts is var starts && starts != _startsSeen)
        {
            OnStarted(now, first: _startsSeen == 0);
            _startsSeen = starts;
        }

        if (now < _nextCheck)
        {
            return;
        }

        _nextCheck = now + CheckEveryNs;
        LookForLosses();
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

        if (_running && (methods.Lists.Read > _listsBefore || now - _listAsked > ListTakesNs))
        {
            _running = false;
            _policy.Finished(methods.Count - _bodiesBefore, methods.UnknownInImages);
        }

        if (!_running && allowed && _policy.ShouldRun(methods.UnknownInImages))
        {
            Await(now);
            sessions.RequestRundown();
        }
    }

    /// <summary>The first time the supervisor has methods listed by itself; what is compiled or called while it does not listen would never be named.</summary>
    private void OnStarted(long now, bool first)
    {
        if (first)
        {
            Await(now);
        }
        else
        {
            methods.Lists.Missed();
            _policy.Missed();
            _nextCheck = now;
        }
    }

    /// <summary>A method whose event was lost stays unnamed, or its code bears the name of the method before it, until it is listed.</summary>
    private void LookForLosses()
    {
        if (lostEvents() is var lost && lost != _lostSeen)
        {
            _lostSeen = lost;
            _policy.Lost();
        }

        if (_policy.WantsList)
        {
            methods.Lists.Missed(); // also after a list that was asked for before
        }
    }

    private void Await(long now)
    {
        _running = true;
        (_listAsked, _listsBefore, _bodiesBefore) = (now, methods.Lists.Read, methods.Count);
        _policy.Started(methods.UnknownInImages);
    }

    /// <summary>Takes files and allocates: not on the pump.</summary>
    private void LookAtFiles()
    {
        methods.Images = ImageRanges.Read();
        _lineless.Mark(methods.Modules);
        _marked = true;
    }
}

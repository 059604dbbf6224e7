using SelfProfiler.Decode;
using SelfProfiler.Session;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Sdk.Tests.Symbolize;

/// <summary>The session for names of this process, feeding a map.</summary>
internal sealed class LiveMethods : IDisposable
{
    private readonly Lock _gate = new(); // the map is the pump's; a test may ask in between
    private readonly Pump _pump = new(new PumpOptions());
    private readonly SessionSupervisor _supervisor;
    private readonly MethodMap _map = new();
    private readonly Dictionary<uint, ulong> _starts = [];
    private readonly Dictionary<string, ulong> _byName = [];
    private readonly Symbolizer _symbolizer = new();
    private readonly List<(ulong Start, uint Size)> _precompiled = [];

    public LiveMethods(bool rundown = false)
    {
        _supervisor = new SessionSupervisor(_pump, new SupervisorOptions { Source = _ => new Source(this), StartupRundown = rundown });
        _pump.Start();
        _supervisor.Start();
        _supervisor.Want(SessionKind.Methods, true);
    }

    public bool Started => _supervisor.Status()[0].Starts > 0;

    /// <summary>Precompiled methods with the sizes the runtime has told so far.</summary>
    public (ulong Start, uint Size)[] Precompiled
    {
        get
        {
            lock (_gate)
            {
                return [.. _precompiled];
            }
        }
    }

    public ImageRanges Images
    {
        get
        {
            lock (_gate)
            {
                _symbolizer.Rest(_map);
                return _map.Images;
            }
        }
    }

    public MethodBody? BodyOf(uint token)
    {
        lock (_gate)
        {
            return _starts.TryGetValue(token, out ulong start) ? _map.Find(start) : null;
        }
    }

    /// <summary>The name a profile would show; null when the runtime has not told of the method.</summary>
    public string? NameOf(string type, string name)
    {
        lock (_gate)
        {
            _symbolizer.Rest(_map);
            return _byName.TryGetValue(type + "." + name, out ulong start) && _map.Find(start) is { } body
                ? _symbolizer.Resolve(new FrameKey(body, start, null), true, false).Function
                : null;
        }
    }

    public void Dispose()
    {
        _supervisor.Stop(TimeSpan.FromSeconds(10));
        _supervisor.Dispose();
        _pump.Stop(TimeSpan.FromSeconds(5));
        _pump.Dispose();
    }

    private void OnLoad(in MethodLoad load)
    {
        _map.Add(load);
        _byName[string.Concat(load.Namespace, ".", load.Name)] = load.Start;
        if ((load.Flags & 9) == 0 && load.Size != 0)
        {
            _precompiled.Add((load.Start, load.Size));
        }

        if (load.Namespace.StartsWith("SelfProfiler.Sdk.Tests.Symbolize.LiveNamesTests"))
        {
            _starts.TryAdd(load.Token, load.Start);
        }
    }

    private sealed class Source : PumpSource
    {
        private readonly LiveMethods _owner;
        private readonly NettraceReader _reader;

        public Source(LiveMethods owner)
        {
            _owner = owner;
            _reader = new NettraceReader(new RuntimeEventParser(new RuntimeEventHandlers
            {
                MethodLoad = owner.OnLoad,
                MethodUnload = unload => owner._map.Remove(unload),
                ILMap = owner._map.AddILMap,
                ModuleLoad = owner._map.AddModule,
            }).OnEvent);
        }

        public override void OnBytes(ReadOnlySpan<byte> bytes)
        {
            lock (_owner._gate)
            {
                _reader.Feed(bytes);
            }
        }
    }
}

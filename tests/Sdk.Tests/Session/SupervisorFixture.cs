using SelfProfiler.Session;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>A pump and a supervisor with readers that record, against the runtime or a stand-in.</summary>
internal sealed class SupervisorFixture : IDisposable
{
    private readonly Dictionary<SessionKind, List<RecordingSource>> _readers = [];
    private readonly List<string> _notices = [];
    private readonly List<TickWindow> _windows = [];

    public SupervisorFixture(DiagnosticSocket? socket = null, Func<SupervisorOptions, SupervisorOptions>? change = null)
    {
        Pump = new Pump(new PumpOptions { OnError = (where, exception) => Note($"{where}: {exception.Message}") });
        var options = new SupervisorOptions
        {
            Socket = socket,
            Source = kind =>
            {
                var reader = new RecordingSource();
                lock (_readers)
                {
                    _readers.TryAdd(kind, []);
                    _readers[kind].Add(reader);
                }

                return reader;
            },
            Notice = notice => Note(notice.Sentence),
            TickWindow = window =>
            {
                lock (_windows)
                {
                    _windows.Add(window);
                }
            },
            Random = () => 0,
        };
        Supervisor = new SessionSupervisor(Pump, change?.Invoke(options) ?? options);
        Pump.Start();
    }

    public Pump Pump { get; }

    public SessionSupervisor Supervisor { get; }

    public TickWindow[] TickWindows
    {
        get
        {
            lock (_windows)
            {
                return [.. _windows];
            }
        }
    }

    public string[] Notices
    {
        get
        {
            lock (_notices)
            {
                return [.. _notices];
            }
        }
    }

    public RecordingSource[] Readers(SessionKind kind)
    {
        lock (_readers)
        {
            return _readers.TryGetValue(kind, out var readers) ? [.. readers] : [];
        }
    }

    public SessionStatus Status(SessionKind kind) => Supervisor.Status()[(int)kind];

    public bool Runs(SessionKind kind) => Status(kind).State == SessionState.Running;

    public void Dispose()
    {
        Supervisor.Dispose();
        Pump.Dispose();
    }

    private void Note(string sentence)
    {
        lock (_notices)
        {
            _notices.Add(sentence);
        }
    }
}

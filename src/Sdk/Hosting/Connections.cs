using SelfProfiler.Decode;
using SelfProfiler.Session;

namespace SelfProfiler.Hosting;

/// <summary>Joins each session's stream to the pipeline, and keeps account of what all of them lost. Streams open on the control thread; all else is on the pump.</summary>
internal sealed class Connections(Pump pump, Pipeline pipeline)
{
    /// <summary>Runtimes that keep memory of ended threads, see <see cref="SessionWear"/>; mended by dotnet/runtime#118415.</summary>
    private static readonly bool _forgetsThreads = Environment.Version.Major <= 10;

    private long _forgottenThreads; // read by the status
    private SampleConnection? _list; // the newest, until it has been read: the runtime makes it, or the pump reads it
    private bool _listed;

    /// <summary>What all sessions lost so far.</summary>
    public ConnectionLosses Losses { get; } = new();

    /// <summary>What the sessions that tell of methods lost: among it may be names.</summary>
    public ConnectionLosses MethodLosses { get; } = new();

    /// <summary>Ended threads that the runtime keeps memory of.</summary>
    public long ForgottenThreads => Volatile.Read(ref _forgottenThreads);

    /// <exception cref="InvalidOperationException">The pump takes nothing: what it would not know of is not opened.</exception>
    public SampleConnection Open(SessionKind kind, SessionSupervisor sessions)
    {
        var connection = new SampleConnection(
            pipeline.Handlers,
            kind == SessionKind.Rundown ? OnListed : kind == SessionKind.Methods ? OnMethodsClosed : OnClosed,
            _forgetsThreads ? () => sessions.Renew(kind) : null,
            _forgetsThreads ? ended => OnForgotten(kind, ended, sessions) : null);
        bool known = pump.Post(() =>
        {
            pipeline.Connected(connection);
            Losses.Opened(connection);
            if (kind == SessionKind.Methods)
            {
                MethodLosses.Opened(connection);
            }

            if (kind == SessionKind.Rundown)
            {
                _list = connection; // one at a time: should an end get lost, the next list makes up for it
                _listed = true;
            }
        });
        return known ? connection : throw new InvalidOperationException("the profiler's reading thread is overloaded or has ended.");
    }

    /// <summary>A list of methods is under way, or was since this was asked last.</summary>
    public bool ListedMethods()
    {
        bool listed = _listed;
        _listed = _list is not null;
        return listed;
    }

    private void OnForgotten(SessionKind kind, long threads, SessionSupervisor sessions)
    {
        _forgottenThreads += threads;
        if (_forgottenThreads >= Limits.ForgottenThreads && kind != SessionKind.Methods)
        {
            sessions.Bar(kind, new SessionFailure(
                FailureReason.Leaks,
                $"The session {kind} stays off in this process: more than a hundred threads a second write into it and end, and this runtime keeps memory for each of them (mended in .NET 11). Use the thread pool instead of new threads."));
        }
    }

    private void OnListed(SampleConnection connection)
    {
        _list = ReferenceEquals(_list, connection) ? null : _list;
        OnClosed(connection);
        if (connection.ReadToEnd)
        {
            pipeline.Methods.Lists.Add();
        }
    }

    private void OnMethodsClosed(SampleConnection connection)
    {
        MethodLosses.Ended(connection);
        OnClosed(connection);
    }

    private void OnClosed(SampleConnection connection)
    {
        Losses.Ended(connection);
        pipeline.Disconnected(connection);
    }
}

using System.Runtime.CompilerServices;
using SelfProfiler.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.EventCost;

/// <summary>Runs work on a thread of its own at a given stack depth, with a session off and on in alternation.</summary>
internal sealed class Meter : IDisposable
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(30);

    private readonly Pump _pump = new(new PumpOptions());
    private readonly WakeEvent _wake = new();
    private readonly SessionControl _control;
    private EventReader? _reader;

    public Meter()
    {
        _control = new SessionControl(_pump, new SupervisorOptions { Source = _ => _reader! }, _wake);
        _control.Open(DiagnosticSocket.OfThisProcess());
        _pump.Start();
    }

    public List<Round> Measure(SessionDefinition session, IWork work, int depth, int rounds)
    {
        var result = new List<Round>();
        var thread = new Thread(() => Descend(depth - 4, () =>
        {
            for (int i = -2; i < rounds; i++)
            {
                // Which one comes first alternates too; the first two rounds warm up.
                double off = i % 2 == 0 ? Cpu(work) : 0;
                var (on, reader) = Collect(session, Libc.ThreadId(), work);
                off = off == 0 ? Cpu(work) : off;
                if (i >= 0 && reader.Events > 0)
                {
                    result.Add(new Round((double)reader.Frames / reader.Events, reader.Events, off / reader.Events, on / reader.Events));
                }
            }
        }));
        thread.Start();
        thread.Join();
        return result;
    }

    /// <summary>Runs a session while <paramref name="during"/> runs.</summary>
    public EventReader Collect(SessionDefinition session, EventReader reader, Action during)
    {
        _reader = reader;
        var live = _control.Start(session, out var failure);
        Check(failure);
        during();
        Check(_control.Stop(live!, new Deadline(_deadline)));
        return reader;
    }

    public void Dispose()
    {
        _pump.Dispose();
        _wake.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Descend(int depth, Action work)
    {
        if (depth > 0)
        {
            return Descend(depth - 1, work) + 1;
        }

        work();
        return 0;
    }

    private (double CpuNs, EventReader Reader) Collect(SessionDefinition session, int thread, IWork work)
    {
        double on = 0;
        var reader = Collect(session, new EventReader(thread, work.EventIds), () => on = Cpu(work));
        return (on, reader);
    }

    private static double Cpu(IWork work)
    {
        long before = Libc.ThreadCpuNs();
        work.Run();
        return Libc.ThreadCpuNs() - before;
    }

    private static void Check(SessionFailure? failure)
    {
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Sentence);
        }
    }
}

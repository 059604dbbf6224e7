using SelfProfiler.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.SessionCycles;

/// <summary>One session from its start to the end of its stream, through the same code as the product.</summary>
internal sealed class Cycle : IDisposable
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(30);

    private readonly Pump _pump = new(new PumpOptions());
    private readonly WakeEvent _wake = new();
    private readonly SessionControl _control;
    private readonly string _kind;

    public Cycle(string kind)
    {
        _kind = kind;
        _control = new SessionControl(_pump, new SupervisorOptions { Source = _ => new Counter() }, _wake);
        _control.Open(DiagnosticSocket.OfThisProcess());
        _pump.Start();
    }

    public void Run()
    {
        switch (_kind)
        {
            case "ticks":
                Session(SessionDefinition.Ticks, 3_000_000);
                break;
            case "methods":
                Session(SessionDefinition.Methods, 0);
                break;
            case "rundown":
                Check(_control.RunRundown(out _));
                break;
            case "none":
                _wake.WaitUntil(Clock.Now + 50_000_000);
                break;
            default:
                throw new ArgumentException(_kind);
        }
    }

    public void Dispose()
    {
        _pump.Dispose();
        _wake.Dispose();
    }

    private void Session(SessionDefinition definition, long length)
    {
        var live = _control.Start(definition, out var failure);
        Check(failure);
        long end = Clock.Now + length;
        while (Clock.Now < end)
        {
            _wake.WaitUntil(end);
        }

        Check(_control.Stop(live!, new Deadline(_deadline)));
    }

    private static void Check(SessionFailure? failure)
    {
        if (failure is not null)
        {
            throw new InvalidOperationException(failure.Sentence);
        }
    }

    private sealed class Counter : PumpSource
    {
        public long Bytes { get; private set; }

        public override void OnBytes(ReadOnlySpan<byte> bytes) => Bytes += bytes.Length;
    }
}

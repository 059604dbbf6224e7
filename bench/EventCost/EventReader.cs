using SelfProfiler.Decode;
using SelfProfiler.Session;

namespace SelfProfiler.EventCost;

/// <summary>Counts the events of one thread, or of all, and their frames. Belongs to the pump until the stream has ended.</summary>
internal sealed class EventReader : PumpSource
{
    private readonly NettraceReader _nettrace;
    private readonly int _thread;
    private readonly int[] _ids;

    public EventReader(int thread, params int[] ids)
    {
        _thread = thread;
        _ids = ids;
        _nettrace = new NettraceReader(OnEvent);
    }

    public long Events { get; private set; }

    public long Frames { get; private set; }

    public TickCounter Ticks { get; } = new();

    public override void OnBytes(ReadOnlySpan<byte> bytes) => _nettrace.Feed(bytes);

    private void OnEvent(in EventRecord record)
    {
        if (_thread != 0 ? record.Thread == _thread && _ids.Contains(record.EventId) : record.Provider == EventProvider.SampleProfiler)
        {
            Events++;
            Frames += record.Stack.Length;
            Ticks.Observe(record.Timestamp);
        }
    }
}

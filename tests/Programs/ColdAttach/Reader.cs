using SelfProfiler.Decode;
using SelfProfiler.Session;

namespace SelfProfiler.ColdAttach;

/// <summary>Decodes a stream as the engine would, cold code included, and counts.</summary>
internal sealed class Reader : PumpSource
{
    private readonly NettraceReader _nettrace;
    private long _events;
    private int _ended;

    public Reader() => _nettrace = new NettraceReader((in EventRecord _) => Interlocked.Increment(ref _events));

    public long Events => Interlocked.Read(ref _events);

    public bool Ended => Volatile.Read(ref _ended) == 1;

    public override void OnBytes(ReadOnlySpan<byte> bytes) => _nettrace.Feed(bytes);

    public override void OnClosed(PumpClose reason) => Volatile.Write(ref _ended, 1);
}

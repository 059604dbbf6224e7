using SelfProfiler.Session;

namespace SelfProfiler.Decode;

/// <summary>One session's connection, from bytes to typed events; replaced by a new one when the session is started anew. Pump only.</summary>
internal sealed class SampleConnection : PumpSource
{
    private readonly NettraceReader _reader;
    private readonly Action<SampleConnection> _closed;

    public SampleConnection(RuntimeEventHandlers handlers, Action<SampleConnection> closed)
    {
        Parser = new RuntimeEventParser(handlers);
        _reader = new NettraceReader(Parser.OnEvent);
        _closed = closed;
    }

    public RuntimeEventParser Parser { get; }

    public DecodeCounters Counters => _reader.Counters;

    /// <summary>Why nothing more can be read of it, or null.</summary>
    public string? Broken => _reader.Broken;

    public override void OnBytes(ReadOnlySpan<byte> bytes) => _reader.Feed(bytes);

    public override void OnClosed(PumpClose reason)
    {
        Parser.OnSessionEdge();
        _closed(this);
    }
}

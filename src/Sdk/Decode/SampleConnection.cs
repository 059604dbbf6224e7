using SelfProfiler.Labels;
using SelfProfiler.Session;

namespace SelfProfiler.Decode;

/// <summary>One session's connection, from bytes to typed events; replaced by a new one when the session is started anew. Pump only.</summary>
internal sealed class SampleConnection : PumpSource
{
    /// <summary>Between two looks for waits whose thread has ended: longer than its last events can be on the way.</summary>
    private const long OrphansEveryNs = 10_000_000_000;

    private readonly NettraceReader _reader;
    private readonly Action<SampleConnection> _closed;
    private readonly Action? _worn;
    private readonly Action<long>? _forgotten;
    private long _forgottenBefore;
    private bool _tookOverLossy;
    private long _nextOrphans;
    private long _from = long.MinValue;
    private long _until = long.MaxValue;
    private long? _stopsAt;

    /// <param name="handlers">Who gets the events.</param>
    /// <param name="closed">Told once, at the end.</param>
    /// <param name="worn">Told now and then while the session should be renewed, see <see cref="SessionWear"/>.</param>
    /// <param name="forgotten">Told of how many ended threads the runtime keeps memory because the session was not renewed in time.</param>
    public SampleConnection(RuntimeEventHandlers handlers, Action<SampleConnection> closed, Action? worn = null, Action<long>? forgotten = null)
    {
        Parser = new RuntimeEventParser(handlers);
        _reader = new NettraceReader(OnEvent, thread => Parser.Open.Cut(thread));
        _closed = closed;
        _worn = worn;
        _forgotten = forgotten;
    }

    public RuntimeEventParser Parser { get; }

    public DecodeCounters Counters => _reader.Counters;

    public override string? Broken => _reader.Broken;

    /// <summary>It ended because all was said.</summary>
    public bool ReadToEnd { get; private set; }

    /// <summary>An end may be missing of what is open: here, or in the stream that this one continues.</summary>
    private bool IsLossy => _tookOverLossy || Counters.AnyMissing;

    public override void OnBytes(ReadOnlySpan<byte> bytes)
    {
        _reader.Feed(bytes);
        if (Counters.EndedThreads is var forgotten && forgotten != _forgottenBefore)
        {
            _forgotten?.Invoke(forgotten - _forgottenBefore);
            _forgottenBefore = forgotten;
        }

        if (_worn is not null && _until == long.MaxValue && _reader.IsWorn(OsThread.HasEnded))
        {
            _worn();
        }

        if (_reader.Watermark >= _nextOrphans)
        {
            _nextOrphans = _reader.Watermark + OrphansEveryNs;
            Parser.Open.CutOrphans(OsThread.HasEnded);
        }
    }

    public override void EndAt(long moment) => _until = moment;

    public override void StopsAt(long moment) => _stopsAt = moment;

    public override void ContinueFrom(PumpSource before, long moment)
    {
        _from = moment;
        if (before is SampleConnection connection)
        {
            Parser.TakeOver(connection.Parser);
            _tookOverLossy = connection.IsLossy || !connection.ReadToEnd;
        }
    }

    public override void OnClosed(PumpClose reason)
    {
        if (_until == long.MaxValue)
        {
            Parser.OnSessionEdge(IsLossy ? null : _stopsAt);
        }

        ReadToEnd = reason == PumpClose.EndOfStream && Broken is null;
        _closed(this);
    }

    private void OnEvent(in EventRecord record)
    {
        if (record.Timestamp >= _from && record.Timestamp < _until)
        {
            Parser.OnEvent(in record);
        }
    }
}

namespace SelfProfiler.Decode;

/// <summary>Takes the blocks of one stream apart and hands out their events. Knows nothing of framing: benchmarks may call it with bare blocks.</summary>
internal sealed class EventBlockDecoder(EventRecordHandler handler, DecodeCounters counters, Action<long>? brokeOff = null)
{
    private const int BlockHeaderSize = 20;
    private const int CompressedFlag = 1;

    // Pump only.
    private readonly MetadataTable _metadata = new();
    private readonly StackTable _stacks = new();
    private readonly CaptureThreads _threads = new(counters, brokeOff);
    private readonly SessionWear _wear = new();
    private TraceHeader _header = new(default, 0, 1_000_000_000, sizeof(ulong), 0, 0, 0);

    /// <summary>No event further on in the stream is older, in nanoseconds.</summary>
    public long Watermark { get; private set; }

    /// <summary>The session should be started anew, see <see cref="SessionWear"/>. Tells it once in a while, not until it happens.</summary>
    public bool IsWorn(Func<int, bool> hasEnded) => _wear.TakeLook() && _threads.AnyEnded(hasEnded);

    public string? ProviderName(int metadataId) => _metadata.Find(metadataId).ProviderName;

    public void Begin(TraceHeader header) => _header = header;

    /// <summary>Another stream begins.</summary>
    public void Reset()
    {
        _metadata.Clear();
        _stacks.Clear();
        _threads.Reset();
        _wear.OnSequencePoint();
        Watermark = 0;
    }

    /// <returns>False when the block contradicts the format; what was read before the fault counts.</returns>
    public bool DecodeMetadata(ReadOnlySpan<byte> body)
    {
        var cursor = new BlockCursor(body);
        if (!ReadBlockHeader(ref cursor, out var compressed, out _, out _))
        {
            return false;
        }

        EventHeader header = default;
        while (cursor.Remaining > 0)
        {
            if (!ReadEvent(ref cursor, compressed, ref header, out var payload) || !_metadata.Add(payload, counters))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc cref="DecodeMetadata"/>
    public bool DecodeEvents(ReadOnlySpan<byte> body)
    {
        var cursor = new BlockCursor(body);
        if (!ReadBlockHeader(ref cursor, out var compressed, out var oldest, out var youngest))
        {
            return false;
        }

        EventHeader header = default;
        _wear.OnBlock();
        while (cursor.Remaining > 0)
        {
            if (!ReadEvent(ref cursor, compressed, ref header, out var payload)
                || header.Timestamp < oldest
                || header.Timestamp > youngest)
            {
                return false;
            }

            counters.AddEvents(1);
            Hand(in header, payload);
        }

        return true;
    }

    /// <inheritdoc cref="StackTable.Add"/>
    public bool DecodeStacks(ReadOnlySpan<byte> body) => _stacks.Add(body, _header.PointerSize, counters);

    /// <inheritdoc cref="DecodeMetadata"/>
    public bool DecodeSequencePoint(ReadOnlySpan<byte> body)
    {
        // Later stacks are numbered from 1 again, whatever else the block says.
        _stacks.Clear();
        _wear.OnSequencePoint();
        var cursor = new BlockCursor(body);
        var timestamp = cursor.I64();
        if (cursor.Failed || !_threads.SawSequencePoint(ref cursor))
        {
            return false;
        }

        Watermark = Math.Max(Watermark, _header.ToNanoseconds(timestamp));
        return true;
    }

    private static bool ReadBlockHeader(ref BlockCursor cursor, out bool compressed, out long oldest, out long youngest)
    {
        int size = cursor.U16();
        compressed = (cursor.U16() & CompressedFlag) != 0;
        oldest = cursor.I64();
        youngest = cursor.I64();
        cursor.Skip(size - BlockHeaderSize);
        return !cursor.Failed;
    }

    private static bool ReadEvent(ref BlockCursor cursor, bool compressed, ref EventHeader header, out ReadOnlySpan<byte> payload)
    {
        var padding = 0;
        if (compressed)
        {
            header.ReadCompressed(ref cursor);
        }
        else
        {
            padding = header.ReadUncompressed(ref cursor);
        }

        payload = cursor.Bytes(header.PayloadSize);
        cursor.Skip(padding);
        return !cursor.Failed;
    }

    private void Hand(in EventHeader header, ReadOnlySpan<byte> payload)
    {
        _threads.Saw(header.CaptureThread, header.Sequence);
        _wear.Saw(header.CaptureThread);
        var timestamp = _header.ToNanoseconds(header.Timestamp);
        if (header.IsSorted)
        {
            Watermark = Math.Max(Watermark, timestamp);
        }

        var kind = _metadata.Find(header.MetadataId);
        if (!kind.IsKnown)
        {
            counters.AddUnknownMetadata();
            return;
        }

        if (!_stacks.TryFind(header.StackId, out var stack) && header.StackId != 0)
        {
            counters.AddDroppedStack();
        }

        handler(new EventRecord
        {
            Provider = kind.Provider,
            EventId = kind.EventId,
            Version = kind.Version,
            MetadataId = header.MetadataId,
            Thread = header.Thread,
            CaptureThread = header.CaptureThread,
            Timestamp = timestamp,
            Payload = payload,
            Stack = stack,
            PointerSize = _header.PointerSize,
        });
    }
}

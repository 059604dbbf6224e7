using System.Buffers.Binary;

namespace SelfProfiler.Decode;

/// <summary>
/// Reads one EventPipe connection: bytes in, in pieces of any size, events out. The format is nettrace version 4
/// (microsoft/perfview, NetTraceFormat_v5.md): a prologue, then objects that each carry a type name, a size and a body.
/// A body that contradicts the format is skipped and counted; a frame that does ends the connection, see <see cref="Broken"/>.
/// </summary>
internal sealed class NettraceReader
{
    // Pump only.
    private readonly FrameBuffer _frames = new();
    private readonly EventBlockDecoder _blocks;
    private Stage _stage = Stage.Magic;
    private ObjectType _type;
    private int _nameLength;
    private int _blockSize;
    private long _pieceStart;

    /// <param name="handler">Who gets the events.</param>
    /// <param name="brokeOff">See <see cref="CaptureThreads"/>.</param>
    public NettraceReader(EventRecordHandler handler, Action<long>? brokeOff = null)
    {
        _blocks = new EventBlockDecoder(handler, Counters, brokeOff);
    }

    private enum Stage
    {
        Magic,
        Prologue,
        NewerVersion,
        ObjectTag,
        ObjectType,
        ObjectName,
        TraceFields,
        BlockSize,
        BlockPadding,
        BlockBody,
        SkippedBody,
        EndTag,
        Ended,
        Broken,
    }

    public DecodeCounters Counters { get; } = new();

    /// <summary>Null until the beginning of the stream was read.</summary>
    public TraceHeader? Header { get; private set; }

    /// <summary>No event further on in the stream is older, in monotonic nanoseconds: windows that end before it are complete.</summary>
    public long Watermark => _blocks.Watermark;

    /// <summary>The runtime ended the stream in good order.</summary>
    public bool Ended => _stage == Stage.Ended;

    /// <summary>Why nothing more can be read, or null. The session has to be started anew.</summary>
    public string? Broken { get; private set; }

    /// <summary>The last exception out of the handler, for the status.</summary>
    public Exception? HandlerFailure { get; private set; }

    /// <inheritdoc cref="EventBlockDecoder.IsWorn"/>
    public bool IsWorn(Func<int, bool> hasEnded) => _blocks.IsWorn(hasEnded);

    /// <returns>Null for a description that never came.</returns>
    public string? ProviderName(int metadataId) => _blocks.ProviderName(metadataId);

    /// <summary>Takes the next bytes of the stream and calls the handler for every event that they complete.</summary>
    /// <returns>False when nothing more will come: the stream ended or is broken.</returns>
    public bool Feed(ReadOnlySpan<byte> chunk)
    {
        Counters.AddBytes(chunk.Length);
        while (_stage < Stage.Ended)
        {
            if (_stage == Stage.SkippedBody)
            {
                if (!_frames.TrySkip(ref chunk, _blockSize))
                {
                    return true;
                }

                _stage = Stage.EndTag;
                continue;
            }

            if (!_frames.TryTake(ref chunk, Expected(), out var bytes))
            {
                return true;
            }

            _pieceStart = _frames.Position - bytes.Length;
            Take(bytes);
        }

        return false;
    }

    /// <summary>Begins with another connection; the counters go on, and so does the memory. For sources that start and stop all the time.</summary>
    public void Reset()
    {
        _stage = Stage.Magic;
        Header = null;
        Broken = null;
        _frames.Reset();
        _blocks.Reset();
    }

    private static ReadOnlySpan<byte> SerializerName => "!FastSerialization.1"u8;

    private int Expected() => _stage switch
    {
        Stage.Magic => sizeof(ulong) + sizeof(int),
        Stage.Prologue => SerializerName.Length,
        Stage.NewerVersion => 2 * sizeof(int),
        Stage.ObjectTag or Stage.EndTag => 1,
        Stage.ObjectType => 2 + (3 * sizeof(int)),
        Stage.ObjectName => _nameLength + 1,
        Stage.TraceFields => TraceHeader.Size,
        Stage.BlockSize => sizeof(int),
        Stage.BlockPadding => _frames.Padding,
        _ => _blockSize,
    };

    private void Take(ReadOnlySpan<byte> bytes)
    {
        switch (_stage)
        {
            case Stage.Magic:
                TakeMagic(bytes);
                break;
            case Stage.Prologue:
                Advance(bytes.SequenceEqual(SerializerName), Stage.ObjectTag, "it does not begin with !FastSerialization.1");
                break;
            case Stage.NewerVersion:
                Break($"its version is {BinaryPrimitives.ReadInt32LittleEndian(bytes)}, and only version 4 is read");
                break;
            case Stage.ObjectTag:
                Advance(bytes[0] is FrameTag.Begin or FrameTag.Null, bytes[0] == FrameTag.Null ? Stage.Ended : Stage.ObjectType, "an object should begin");
                break;
            case Stage.ObjectType:
                TakeType(bytes);
                break;
            case Stage.ObjectName:
                TakeName(bytes);
                break;
            case Stage.TraceFields:
                TakeTrace(bytes);
                break;
            case Stage.BlockSize:
                TakeSize(BinaryPrimitives.ReadInt32LittleEndian(bytes));
                break;
            case Stage.BlockPadding:
                _stage = _blockSize > DecodeLimits.MaxBlockBytes ? Stage.SkippedBody : Stage.BlockBody;
                break;
            case Stage.BlockBody:
                _stage = Stage.EndTag;
                TakeBlock(bytes);
                break;
            default:
                Advance(bytes[0] == FrameTag.End, Stage.ObjectTag, "an object should end");
                break;
        }
    }

    private void TakeMagic(ReadOnlySpan<byte> bytes)
    {
        var next = BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(ulong)..]);
        if (bytes[sizeof(int)..].SequenceEqual(SerializerName[..sizeof(ulong)]))
        {
            Break("it is netperf, version 3 or older, and only version 4 is read");
        }
        else if (!bytes[..sizeof(ulong)].SequenceEqual("Nettrace"u8))
        {
            Break("it does not begin with Nettrace");
        }
        else
        {
            Advance(next == 0 || next == SerializerName.Length, next == 0 ? Stage.NewerVersion : Stage.Prologue, "its serializer is unknown");
        }
    }

    private void TakeType(ReadOnlySpan<byte> bytes)
    {
        var version = BinaryPrimitives.ReadInt32LittleEndian(bytes[2..]);
        var readable = BinaryPrimitives.ReadInt32LittleEndian(bytes[6..]);
        _nameLength = BinaryPrimitives.ReadInt32LittleEndian(bytes[10..]);
        if (bytes[0] != FrameTag.Begin || bytes[1] != FrameTag.Null || (uint)_nameLength > DecodeLimits.MaxTypeNameBytes)
        {
            Break("the type of an object should follow");
        }
        else if (Header is null && version != 4)
        {
            Break($"its version is {version}, and only version 4 is read");
        }
        else if (Header is not null && readable > 2)
        {
            Break($"it has a block of version {version}, and only version 2 is read");
        }
        else
        {
            _stage = Stage.ObjectName;
        }
    }

    private void TakeName(ReadOnlySpan<byte> bytes)
    {
        // The trace object comes first and once.
        _type = ObjectTypes.Of(bytes[..^1]);
        var isTrace = _type == ObjectType.Trace;
        var expected = _type != ObjectType.Unknown && bytes[^1] == FrameTag.End && isTrace == Header is null;
        Advance(expected, isTrace ? Stage.TraceFields : Stage.BlockSize, "an unknown object, or one out of place, follows");
    }

    private void TakeTrace(ReadOnlySpan<byte> bytes)
    {
        Header = TraceHeader.Read(bytes);
        Advance(Header is not null, Stage.EndTag, "the fields of its Trace object cannot be true");
        if (Header is not null)
        {
            _blocks.Begin(Header);
        }
    }

    private void TakeSize(int size)
    {
        if ((uint)size > DecodeLimits.MaxPlausibleBlockBytes)
        {
            Break($"it has a block of {size} bytes");
            return;
        }

        _blockSize = size;
        _stage = Stage.BlockPadding;
        Counters.AddBlock();
        if (size > DecodeLimits.MaxBlockBytes)
        {
            Counters.AddOversizeBlock();
        }
    }

    private void TakeBlock(ReadOnlySpan<byte> body)
    {
        try
        {
            var whole = _type switch
            {
                ObjectType.EventBlock => _blocks.DecodeEvents(body),
                ObjectType.StackBlock => _blocks.DecodeStacks(body),
                ObjectType.MetadataBlock => _blocks.DecodeMetadata(body),
                _ => _blocks.DecodeSequencePoint(body),
            };
            if (!whole)
            {
                Counters.AddMalformedBlock();
            }
        }
        catch (Exception failure)
        {
            // Only our own handlers can throw here. Their fault costs the rest of the block, not the pump.
            Counters.AddHandlerFailure();
            HandlerFailure = failure;
        }
    }

    private void Advance(bool asExpected, Stage next, string otherwise)
    {
        if (asExpected)
        {
            _stage = next;
        }
        else
        {
            Break(otherwise);
        }
    }

    private void Break(string because)
    {
        _stage = Stage.Broken;
        Broken = $"The event stream cannot be read at byte {_pieceStart}: {because}.";
    }
}

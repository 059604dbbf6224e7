namespace SelfProfiler.Decode;

/// <summary>The header of one event, read on top of the one before: the compressed form writes only what changed.</summary>
internal struct EventHeader
{
    /// <summary>0 in metadata blocks, where the payload is a description.</summary>
    public int MetadataId;
    public uint Sequence;
    public long CaptureThread;
    public uint Processor;
    public long Thread;
    public int StackId;
    public long Timestamp;
    public int PayloadSize;

    /// <summary>Every event further on in the stream is at least as young.</summary>
    public bool IsSorted;

    private const int GuidSize = 16;
    // Without the size itself.
    private const int UncompressedSize = 76;

    [Flags]
    private enum Has
    {
        Metadata = 1,
        Capture = 2,
        Thread = 4,
        Stack = 8,
        Activity = 16,
        RelatedActivity = 32,
        Sorted = 64,
        PayloadSize = 128,
    }

    public void ReadCompressed(ref BlockCursor cursor)
    {
        var has = (Has)cursor.U8();
        if ((has & Has.Metadata) != 0)
        {
            MetadataId = (int)cursor.VarU32();
        }

        if ((has & Has.Capture) != 0)
        {
            Sequence += cursor.VarU32();
            CaptureThread = (long)cursor.VarU64();
            Processor = cursor.VarU32();
        }

        if (MetadataId != 0)
        {
            Sequence++;
        }

        if ((has & Has.Thread) != 0)
        {
            Thread = (long)cursor.VarU64();
        }

        if ((has & Has.Stack) != 0)
        {
            StackId = (int)cursor.VarU32();
        }

        Timestamp += (long)cursor.VarU64();
        if ((has & Has.Activity) != 0)
        {
            cursor.Skip(GuidSize);
        }

        if ((has & Has.RelatedActivity) != 0)
        {
            cursor.Skip(GuidSize);
        }

        IsSorted = (has & Has.Sorted) != 0;
        if ((has & Has.PayloadSize) != 0)
        {
            PayloadSize = (int)cursor.VarU32();
        }
    }

    /// <returns>Bytes between the end of the payload and the next event; negative when the sizes contradict each other.</returns>
    public int ReadUncompressed(ref BlockCursor cursor)
    {
        var size = cursor.I32();
        var metadata = cursor.U32();
        MetadataId = (int)(metadata & 0x7FFF_FFFF);
        IsSorted = (metadata & 0x8000_0000) == 0;
        Sequence = cursor.U32();
        Thread = cursor.I64();
        CaptureThread = cursor.I64();
        Processor = cursor.U32();
        StackId = cursor.I32();
        Timestamp = cursor.I64();
        cursor.Skip(2 * GuidSize);
        PayloadSize = cursor.I32();
        return PayloadSize < 0 ? -1 : size - UncompressedSize - PayloadSize;
    }
}

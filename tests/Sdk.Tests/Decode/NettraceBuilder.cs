using System.Text;

namespace SelfProfiler.Sdk.Tests.Decode;

/// <summary>An event to write.</summary>
internal sealed record EventToWrite(int Metadata, long Thread, uint Sequence, long Timestamp, byte[] Payload)
{
    public int Stack { get; init; }

    public long? CaptureThread { get; init; }

    public bool Sorted { get; init; } = true;
}

/// <summary>Writes streams that the runtime does not: uncompressed headers, gaps, contradictions.</summary>
internal sealed class NettraceBuilder
{
    public const string Runtime = "Microsoft-Windows-DotNETRuntime";

    private const int CompressedFlag = 1;

    private readonly List<byte> _bytes = [];

    public NettraceBuilder(int version = 4, int pointerSize = 8, long frequency = 1_000_000_000, string magic = "Nettrace")
    {
        _bytes.AddRange(Encoding.ASCII.GetBytes(magic));
        _bytes.AddRange(Numbers(20));
        _bytes.AddRange("!FastSerialization.1"u8);
        BeginObject("Trace", version, version);
        foreach (var part in new ushort[] { 2026, 2, 0, 28, 13, 14, 15, 160 })
        {
            _bytes.AddRange(Numbers(part));
        }

        const long Begin = 1_000;
        const int Process = 4_711;
        const int Processors = 2;
        const int TickNanoseconds = 1_000_000;
        _bytes.AddRange(Numbers(Begin, frequency, pointerSize, Process, Processors, TickNanoseconds));
        _bytes.Add(6);
    }

    public static byte[] Numbers(params object[] values)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var value in values)
        {
            switch (value)
            {
                case byte b: writer.Write(b); break;
                case ushort s: writer.Write(s); break;
                case int i: writer.Write(i); break;
                case long l: writer.Write(l); break;
                case ulong u: writer.Write(u); break;
                case double d: writer.Write(d); break;
                case string text: writer.Write(Encoding.Unicode.GetBytes(text + '\0')); break;
                default: throw new ArgumentException(value.GetType().Name);
            }
        }

        return bytes.ToArray();
    }

    public NettraceBuilder Metadata(int id, string provider, int eventId, int version = 0, bool compressed = true) =>
        Block("MetadataBlock", EventBody(compressed, new EventToWrite(0, 0, 0, 0, Numbers(id, provider, eventId, "Name", 0L, version, 4, 0))));

    public NettraceBuilder Events(params EventToWrite[] events) => Block("EventBlock", EventBody(true, events));

    public NettraceBuilder UncompressedEvents(params EventToWrite[] events) => Block("EventBlock", EventBody(false, events));

    public NettraceBuilder Stacks(int first, params ulong[][] stacks) =>
        Block("StackBlock", [.. Numbers(first, stacks.Length), .. stacks.SelectMany(stack => (byte[])[.. Numbers(stack.Length * 8), .. stack.SelectMany(BitConverter.GetBytes)])]);

    public NettraceBuilder SequencePoint(long timestamp, params (long Thread, int Number)[] threads) =>
        Block("SPBlock", [.. Numbers(timestamp, threads.Length), .. threads.SelectMany(t => Numbers(t.Thread, t.Number))]);

    public NettraceBuilder Block(string name, byte[] body, int version = 2)
    {
        BeginObject(name, version, version);
        _bytes.AddRange(Numbers(body.Length));
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }

        _bytes.AddRange(body);
        _bytes.Add(6);
        return this;
    }

    public NettraceBuilder Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public byte[] End() => Raw(1).ToArray();

    public byte[] ToArray() => [.. _bytes];

    public static byte[] EventBody(bool compressed, params EventToWrite[] events)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write((short)20);
        writer.Write((short)(compressed ? CompressedFlag : 0));
        writer.Write(events.Min(e => e.Timestamp));
        writer.Write(events.Max(e => e.Timestamp));
        long lastTimestamp = 0;
        uint lastSequence = 0;
        foreach (var e in events)
        {
            if (compressed)
            {
                // All fields present but the ids of activities, relative to the event before.
                WriteCompressed(writer, e, lastTimestamp, lastSequence);
                (lastTimestamp, lastSequence) = (e.Timestamp, e.Sequence);
            }
            else
            {
                WriteUncompressed(writer, e);
            }
        }

        return bytes.ToArray();
    }

    private static void WriteCompressed(BinaryWriter writer, EventToWrite e, long lastTimestamp, uint lastSequence)
    {
        var isMetadata = e.Metadata == 0;
        writer.Write((byte)(1 | (isMetadata ? 0 : 2) | 4 | 8 | (e.Sorted ? 64 : 0) | 128));
        writer.Write7BitEncodedInt(e.Metadata);
        if (!isMetadata)
        {
            writer.Write7BitEncodedInt((int)(e.Sequence - lastSequence - 1));
            writer.Write7BitEncodedInt64(e.CaptureThread ?? e.Thread);
            writer.Write7BitEncodedInt(1); // Processor.
        }

        writer.Write7BitEncodedInt64(e.Thread);
        writer.Write7BitEncodedInt(e.Stack);
        writer.Write7BitEncodedInt64(e.Timestamp - lastTimestamp);
        writer.Write7BitEncodedInt(e.Payload.Length);
        writer.Write(e.Payload);
    }

    private static void WriteUncompressed(BinaryWriter writer, EventToWrite e)
    {
        writer.Write((76 + e.Payload.Length + 3) & ~3);
        writer.Write(e.Metadata | (e.Sorted ? 0 : int.MinValue));
        writer.Write(e.Sequence);
        writer.Write(e.Thread);
        writer.Write(e.CaptureThread ?? e.Thread);
        writer.Write(1); // Processor.
        writer.Write(e.Stack);
        writer.Write(e.Timestamp);
        writer.Write(new byte[32]); // Activities.
        writer.Write(e.Payload.Length);
        writer.Write(e.Payload);
        writer.Write(new byte[-e.Payload.Length & 3]);
    }

    private void BeginObject(string name, int version, int minimum)
    {
        _bytes.AddRange([5, 5, 1]);
        _bytes.AddRange(Numbers(version, minimum, name.Length));
        _bytes.AddRange(Encoding.ASCII.GetBytes(name));
        _bytes.Add(6);
    }
}

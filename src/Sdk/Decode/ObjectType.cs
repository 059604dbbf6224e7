namespace SelfProfiler.Decode;

/// <summary>The bytes around an object and its type.</summary>
internal static class FrameTag
{
    public const byte Null = 1;
    public const byte Begin = 5;
    public const byte End = 6;
}

/// <summary>The objects of a version 4 stream.</summary>
internal enum ObjectType
{
    Unknown,
    Trace,
    MetadataBlock,
    EventBlock,
    StackBlock,
    SequencePoint,
}

/// <summary>Names of the objects as they are written.</summary>
internal static class ObjectTypes
{
    public static ObjectType Of(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("EventBlock"u8))
        {
            return ObjectType.EventBlock;
        }

        if (name.SequenceEqual("StackBlock"u8))
        {
            return ObjectType.StackBlock;
        }

        if (name.SequenceEqual("MetadataBlock"u8))
        {
            return ObjectType.MetadataBlock;
        }

        if (name.SequenceEqual("SPBlock"u8))
        {
            return ObjectType.SequencePoint;
        }

        return name.SequenceEqual("Trace"u8) ? ObjectType.Trace : ObjectType.Unknown;
    }
}

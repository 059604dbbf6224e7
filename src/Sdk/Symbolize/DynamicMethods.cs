using SelfProfiler.Decode;

namespace SelfProfiler.Symbolize;

/// <summary>Bodies of code made at run time. They come and go, so their names are strings of their own and go with them.</summary>
internal static class DynamicMethods
{
    /// <summary>A rundown repeats what is known; an id and an address alone prove nothing, both are used again.</summary>
    public static bool IsSame(in BodyRow known, in MethodLoad load) =>
        known.Start == load.Start && known.Size == load.Size && known.MethodId == load.MethodId
        && known.Known is MethodBody body && load.Name.SequenceEqual(body.Name) && load.Signature.SequenceEqual(body.Signature);

    public static MethodBody Body(in MethodLoad load) => new()
    {
        Start = load.Start,
        Size = load.Size,
        MethodId = load.MethodId,
        ModuleId = load.ModuleId,
        Token = load.Token,
        Flags = load.Flags & 0xFFFF,
        LoadedAt = load.Timestamp,
        Namespace = Cut(load.Namespace),
        Name = Cut(load.Name),
        Signature = Cut(load.Signature),
    };

    private static string Cut(ReadOnlySpan<char> text) =>
        (text.Length > TextTable.MaxChars ? text[..TextTable.MaxChars] : text).ToString();
}

namespace SelfProfiler.Kernel;

/// <summary>One line of /proc/self/maps: <c>start-end perms offset major:minor inode path</c>.</summary>
internal readonly ref struct MapsLine
{
    public required ulong Start { get; init; }

    public required ulong End { get; init; }

    public required bool Executable { get; init; }

    public required ulong Offset { get; init; }

    public required ulong Inode { get; init; }

    /// <summary>Empty for memory without a file.</summary>
    public required ReadOnlySpan<byte> Path { get; init; }

    public static bool TryParse(ReadOnlySpan<byte> line, out MapsLine result)
    {
        result = default;
        if (!TryHex(ref line, (byte)'-', out var start) || !TryHex(ref line, (byte)' ', out var end) || line.Length < 5 || end <= start)
        {
            return false;
        }

        var executable = line[2] == (byte)'x';
        line = line[5..];
        if (!TryHex(ref line, (byte)' ', out var offset))
        {
            return false;
        }

        var space = line.IndexOf((byte)' ');
        if (space < 0)
        {
            return false;
        }

        line = line[(space + 1)..];
        ulong inode = 0;
        var at = 0;
        for (; at < line.Length && line[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            inode = unchecked((inode * 10) + (ulong)(line[at] - '0'));
        }

        result = new MapsLine
        {
            Start = start,
            End = end,
            Executable = executable,
            Offset = offset,
            Inode = inode,
            Path = line[at..].TrimStart((byte)' '),
        };
        return true;
    }

    private static bool TryHex(ref ReadOnlySpan<byte> text, byte end, out ulong value)
    {
        value = 0;
        for (var i = 0; i < text.Length && i <= 16; i++)
        {
            var c = text[i];
            if (c == end)
            {
                text = text[(i + 1)..];
                return i > 0;
            }

            var digit = c switch
            {
                >= (byte)'0' and <= (byte)'9' => c - '0',
                >= (byte)'a' and <= (byte)'f' => c - 'a' + 10,
                _ => -1,
            };
            if (digit < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        return false;
    }
}

namespace SelfProfiler.Diagnostics;

/// <summary>Reads numbers out of the text files of <c>/proc</c>.</summary>
internal static class ProcText
{
    /// <summary>The decimal number at the beginning; 0 when there is none.</summary>
    public static long Number(ReadOnlySpan<byte> text, out int length)
    {
        long value = 0;
        length = 0;
        while (length < text.Length && (uint)(text[length] - '0') < 10)
        {
            value = (value * 10) + (text[length++] - '0');
        }

        return value;
    }

    /// <summary>A thread's <c>stat</c> file. Its name may contain spaces and parentheses: the fields begin after the last one.</summary>
    public static bool TryReadStat(ReadOnlySpan<byte> text, out ThreadStat stat)
    {
        stat = default;
        var open = text.IndexOf((byte)'(');
        var close = text.LastIndexOf((byte)')');
        if (open < 0 || close <= open || close + 2 >= text.Length)
        {
            return false;
        }

        long user = 0, kernel = 0, start = 0;
        var rest = text[(close + 2)..];
        for (var field = 3; field <= 22; field++)
        {
            switch (field)
            {
                case 14: user = Number(rest, out _); break;
                case 15: kernel = Number(rest, out _); break;
                case 22: start = Number(rest, out _); break;
            }

            var space = rest.IndexOf((byte)' ');
            if (space < 0)
            {
                return field == 22;
            }

            rest = rest[(space + 1)..];
        }

        stat = new ThreadStat(ThreadNames.KindOf(text[(open + 1)..close]), user * ThreadStat.Tick, kernel * ThreadStat.Tick, start * ThreadStat.Tick);
        return true;
    }
}

/// <summary>What <c>/proc/self/task/&lt;tid&gt;/stat</c> tells, in nanoseconds; the start since boot.</summary>
internal readonly record struct ThreadStat(ThreadKind Kind, long UserNs, long KernelNs, long StartNs)
{
    /// <summary>USER_HZ is 100 on every architecture .NET runs on, whatever the kernel's own rate is.</summary>
    public const long Tick = 10_000_000;
}

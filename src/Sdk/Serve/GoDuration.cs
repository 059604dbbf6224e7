namespace SelfProfiler.Serve;

/// <summary>Reads durations as Go writes them: <c>500ms</c>, <c>1.5s</c>, <c>2m30s</c>.</summary>
internal static class GoDuration
{
    /// <summary>No duration here is longer; keeps sums far from overflow.</summary>
    private const double LongestTicks = 10 * 365.0 * TimeSpan.TicksPerDay;

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text is "0")
        {
            return true;
        }

        var ticks = 0.0;
        var rest = text;
        while (!rest.IsEmpty)
        {
            if (!TryNumber(ref rest, out var number) || !TryUnit(ref rest, out var unit))
            {
                return false;
            }

            ticks += number * unit;
        }

        if (text.IsEmpty || !(ticks <= LongestTicks))
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)Math.Round(ticks));
        return true;
    }

    /// <summary>Digits with at most one point and at least one digit.</summary>
    private static bool TryNumber(ref ReadOnlySpan<char> rest, out double number)
    {
        number = 0;
        var scale = 0.0;
        var digits = 0;
        var i = 0;
        for (; i < rest.Length; i++)
        {
            var c = rest[i];
            if (c == '.' && scale == 0)
            {
                scale = 1;
            }
            else if (!char.IsAsciiDigit(c))
            {
                break;
            }
            else if (scale > 0)
            {
                scale /= 10;
                number += (c - '0') * scale;
                digits++;
            }
            else
            {
                number = (number * 10) + (c - '0');
                digits++;
            }
        }

        rest = rest[i..];
        return digits > 0;
    }

    private static bool TryUnit(ref ReadOnlySpan<char> rest, out double ticks)
    {
        var length = 0;
        while (length < rest.Length && rest[length] != '.' && !char.IsAsciiDigit(rest[length]))
        {
            length++;
        }

        // The two spellings of micro are U+00B5 and U+03BC.
        ticks = rest[..length] switch
        {
            "ns" => 0.01,
            "us" or "\u00b5s" or "\u03bcs" => TimeSpan.TicksPerMicrosecond,
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            _ => 0,
        };
        rest = rest[length..];
        return ticks > 0;
    }
}

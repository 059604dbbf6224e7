namespace SelfProfiler.Labels;

/// <summary>Reads the trace id of a <c>traceparent</c> header. <see href="https://www.w3.org/TR/trace-context/#traceparent-header"/></summary>
internal static class TraceParent
{
    private const int Length = 55; // version 00: 2 + 1 + 32 + 1 + 16 + 1 + 2

    /// <summary>False for everything the standard tells to ignore. Makes no strings.</summary>
    public static bool TryReadTrace(ReadOnlySpan<char> header, out ulong high, out ulong low)
    {
        (high, low) = (0, 0);
        if (header.Length < Length || header[2] != '-' || header[35] != '-' || header[52] != '-')
        {
            return false;
        }

        // Later versions may append fields, the first must not; ff is none.
        if (!TryHex(header[..2], out ulong version) || version == 0xFF || (header.Length > Length && (version == 0 || header[Length] != '-')))
        {
            return false;
        }

        return TryHex(header[3..19], out high) && TryHex(header[19..35], out low) && (high | low) != 0
            && TryHex(header[36..52], out ulong parent) && parent != 0
            && TryHex(header[53..55], out _);
    }

    // Lower case only, as the standard has it.
    private static bool TryHex(ReadOnlySpan<char> digits, out ulong number)
    {
        number = 0;
        foreach (char digit in digits)
        {
            if (!char.IsAsciiHexDigitLower(digit))
            {
                return false;
            }

            number = (number << 4) | (uint)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }

        return true;
    }
}

using System.Globalization;

namespace SelfProfiler.Serve;

/// <summary>Reads a moment: RFC 3339, Unix seconds (13 digits: milliseconds), <c>now</c>, or a Go duration ago such as <c>-5m</c>.</summary>
internal static class PointInTime
{
    private static readonly string[] _formats =
    [
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd'T'HH:mmK",
    ];

    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset moment)
    {
        moment = now;
        if (text is "now")
        {
            return true;
        }

        if (text.StartsWith('-'))
        {
            if (!GoDuration.TryParse(text.AsSpan(1), out var ago) || ago > now - DateTimeOffset.UnixEpoch)
            {
                return false;
            }

            moment = now - ago;
            return true;
        }

        if (decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            // Seconds reach 100 billion in the year 5138; milliseconds passed it in 1973.
            var milliseconds = number < 100_000_000_000m ? number * 1_000m : number;
            if (milliseconds > 253_402_300_799_999m)
            {
                return false;
            }

            moment = DateTimeOffset.UnixEpoch.AddTicks((long)(milliseconds * TimeSpan.TicksPerMillisecond));
            return true;
        }

        // The plus sign of an offset is a space after decoding unless the client escaped it.
        return DateTimeOffset.TryParseExact(text.Replace(' ', '+'), _formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);
    }
}

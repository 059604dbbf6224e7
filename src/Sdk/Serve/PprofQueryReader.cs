using System.Globalization;

namespace SelfProfiler.Serve;

/// <summary>Reads the query contract: unknown parameters are ignored as Go ignores them, malformed known ones are refused with a sentence.</summary>
internal sealed class PprofQueryReader(string raw, DateTimeOffset now)
{
    private const int MaxLabels = 16;
    private const int MaxText = 1_024;

    private readonly QueryString _query = new(raw);

    /// <summary>The first thing that was wrong.</summary>
    public string? Error { get; private set; }

    /// <param name="fractions"><c>trace</c> takes fractions of seconds, everything else whole ones, as in Go.</param>
    public PprofQuery Read(bool fractions)
    {
        // "gc" is Go's: a collection before a heap profile. Ours holds allocations, which a collection does not change.
        _ = Number("gc");
        var query = new PprofQuery
        {
            Seconds = Seconds(fractions),
            Debug = Number("debug"),
            Format = Format(),
            Ticks = Flag("ticks"),
            Filter = new ProfileFilter
            {
                TraceId = Hex("trace_id", 32),
                SpanId = Hex("span_id", 16),
                Route = Text("route"),
                Labels = Labels(),
                MinDuration = Duration("min_duration"),
                AllThreads = Flag("all_threads"),
                NativeFrames = Flag("native"),
            },
            From = Moment("from"),
            To = Moment("to"),
            BaseFrom = Moment("base_from"),
            BaseTo = Moment("base_to"),
        };
        Together(query);
        return query;
    }

    /// <summary>What cannot be asked for at once.</summary>
    private void Together(PprofQuery query)
    {
        Check(query.To is null || query.From is not null, "\"to\" needs \"from\".");
        Check(query.BaseFrom is null || query.From is not null, "\"base_from\" needs \"from\": a base is compared with an interval.");
        Check(query.BaseTo is null || query.BaseFrom is not null, "\"base_to\" needs \"base_from\".");
        Check(query.From is null || query.Seconds is null, "\"from\" looks back and \"seconds\" looks ahead: give one of them.");
        Check(query.From is null || query.From < (query.To ?? now), "\"from\" must be before \"to\" and before now.");
        Check(query.BaseFrom is null || query.BaseFrom < (query.BaseTo ?? now), "\"base_from\" must be before \"base_to\" and before now.");
        Check(query.Debug == 0 || query.Format == ServedFormat.Pprof, "\"debug\" and \"format\" both choose a format: give one of them.");
    }

    private TimeSpan? Seconds(bool fractions)
    {
        if (Value("seconds") is not { } text)
        {
            return null;
        }

        if (fractions)
        {
            var read = double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var exact);
            Check(read && exact is > 0 and < 1e9, "invalid value for \"seconds\" - must be a positive number");
            return Error is null ? TimeSpan.FromSeconds(exact) : null;
        }

        var whole = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds);
        Check(whole && seconds > 0, "invalid value for \"seconds\" - must be a positive integer");
        return Error is null ? TimeSpan.FromSeconds(seconds) : null;
    }

    private ServedFormat Format()
    {
        var text = Value("format");
        ServedFormat? format = text switch
        {
            null or "pprof" => ServedFormat.Pprof,
            "folded" => ServedFormat.Folded,
            "speedscope" => ServedFormat.Speedscope,
            "svg" => ServedFormat.Svg,
            "html" => ServedFormat.Html,
            "flame" => ServedFormat.Flame,
            _ => null,
        };
        Check(format is not null, "\"format\" is pprof, folded, speedscope, svg or html.");
        return format ?? ServedFormat.Pprof;
    }

    private int Number(string name)
    {
        var number = 0;
        var text = Value(name);
        Check(text is null || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number), $"\"{name}\" is a number such as 0 or 1.");
        return number;
    }

    /// <summary>A bare name switches on, as <c>?ticks</c>.</summary>
    private bool Flag(string name)
    {
        var text = Value(name);
        Check(text is null or "0" or "1" or "true" or "false", $"\"{name}\" is 0 or 1.");
        return text is "1" or "true" || (text is null && _query.Has(name));
    }

    private string? Hex(string name, int digits)
    {
        if (Value(name) is not { } text)
        {
            return null;
        }

        var valid = text.Length == digits && text.All(char.IsAsciiHexDigit) && text.Any(c => c != '0');
        Check(valid, $"\"{name}\" is {digits} hexadecimal digits, not all of them zero.");
        return text.ToLowerInvariant();
    }

    private string? Text(string name)
    {
        var text = Value(name);
        Check(text is null || text.Length <= MaxText, $"\"{name}\" is longer than {MaxText} characters.");
        return text;
    }

    private TimeSpan? Duration(string name)
    {
        if (Value(name) is not { } text)
        {
            return null;
        }

        Check(GoDuration.TryParse(text, out var duration), $"\"{name}\" is a duration such as 500ms, 1.5s or 2m.");
        return duration;
    }

    private DateTimeOffset? Moment(string name)
    {
        if (Value(name) is not { } text)
        {
            return null;
        }

        Check(PointInTime.TryParse(text, now, out var moment), $"\"{name}\" is a moment: 2026-01-31T12:00:00Z, seconds since 1970, now, or -5m for five minutes ago.");
        return moment;
    }

    private List<KeyValuePair<string, string>> Labels()
    {
        var labels = new List<KeyValuePair<string, string>>();
        foreach (var text in _query.All("label"))
        {
            var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
            var valid = colon > 0 && colon < text!.Length - 1 && text.Length <= MaxText;
            Check(valid, "\"label\" is a key and a value with a colon between them, such as label=tenant:42.");
            Check(labels.Count < MaxLabels, $"More than {MaxLabels} labels cannot be asked for at once.");
            if (Error is not null)
            {
                break;
            }

            labels.Add(new(text![..colon], text[(colon + 1)..]));
        }

        return labels;
    }

    private string? Value(string name)
    {
        Check(_query.TryGet(name, out var value), $"\"{name}\" is not properly percent-encoded.");
        return value;
    }

    private void Check(bool holds, string otherwise) => Error ??= holds ? null : otherwise;
}

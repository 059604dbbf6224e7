using System.Globalization;

namespace SelfProfiler.Aggregate;

/// <summary>What several windows have to say, said once: of sentences that differ only in the number they begin with the sum is said, of those that differ only in a percentage its range.</summary>
internal sealed class Comments
{
    private const int Most = 32;
    private const string To = " to ";
    private const string Percent = " %";

    private readonly List<Comment> _comments = [];

    public static string[] Merge(IEnumerable<IEnumerable<string>> windows)
    {
        var merged = new Comments();
        foreach (var comments in windows)
        {
            merged.Add(comments);
        }

        return merged.ToArray();
    }

    public void Add(IEnumerable<string> comments)
    {
        foreach (string text in comments)
        {
            var comment = Parse(text);
            int known = _comments.FindIndex(other => other.Before == comment.Before && other.After == comment.After);
            if (known >= 0)
            {
                var other = _comments[known];
                _comments[known] = other with
                {
                    Sum = other.Sum + comment.Sum,
                    Low = decimal.Min(other.Low, comment.Low),
                    High = decimal.Max(other.High, comment.High),
                };
            }
            else if (_comments.Count < Most)
            {
                _comments.Add(comment);
            }
        }
    }

    public string[] ToArray() => [.. _comments.Select(static comment => comment.ToString())];

    private static Comment Parse(string text)
    {
        int space = Math.Max(0, text.IndexOf(' ', StringComparison.Ordinal));
        if (!text.AsSpan(space).StartsWith(Percent, StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out long sum))
        {
            return new("", text[space..], Sum: sum);
        }

        int end = text.IndexOf(Percent, StringComparison.Ordinal);
        if (end > 0 && Number(text, end) is { } high)
        {
            // A merged window says a range already.
            return text.AsSpan(0, high.At).EndsWith(To, StringComparison.Ordinal) && Number(text, high.At - To.Length) is { } low
                ? new(text[..low.At], text[end..], Low: low.Value, High: high.Value)
                : new(text[..high.At], text[end..], Low: high.Value, High: high.Value);
        }

        return new(text, "");
    }

    private static (decimal Value, int At)? Number(string text, int end)
    {
        int at = end;
        while (at > 0 && (char.IsAsciiDigit(text[at - 1]) || text[at - 1] == '.'))
        {
            at--;
        }

        return decimal.TryParse(text.AsSpan(at, end - at), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) ? (value, at) : null;
    }

    /// <param name="Before">What stands before the number; all of it where there is none.</param>
    /// <param name="After">What stands after it.</param>
    /// <param name="Sum">The number a sentence begins with.</param>
    /// <param name="Low">The smallest of its percentages.</param>
    /// <param name="High">The largest of them.</param>
    private readonly record struct Comment(string Before, string After, long? Sum = null, decimal Low = 0, decimal High = 0)
    {
        public override string ToString() =>
            After.Length == 0 ? Before
            : Sum is { } sum ? FormattableString.Invariant($"{sum}{After}")
            : Low == High ? FormattableString.Invariant($"{Before}{High}{After}")
            : FormattableString.Invariant($"{Before}{Low}{To}{High}{After}");
    }
}

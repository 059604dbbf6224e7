using System.Globalization;

namespace SelfProfiler.Aggregate;

/// <summary>What several windows have to say, said once: sentences that differ only in the number they begin with become one with the sum.</summary>
internal sealed class Comments
{
    private const int Most = 32;

    private readonly List<(string Text, bool Counts, long Sum)> _comments = [];

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
        foreach (string comment in comments)
        {
            int space = Math.Max(0, comment.IndexOf(' ', StringComparison.Ordinal));
            bool counts = long.TryParse(comment.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out long number);
            string text = counts ? comment[space..] : comment;
            int known = _comments.FindIndex(other => other.Counts == counts && other.Text == text);
            if (known >= 0)
            {
                _comments[known] = (text, counts, _comments[known].Sum + number);
            }
            else if (_comments.Count < Most)
            {
                _comments.Add((text, counts, number));
            }
        }
    }

    public string[] ToArray() =>
        [.. _comments.Select(comment => comment.Counts ? comment.Sum.ToString(CultureInfo.InvariantCulture) + comment.Text : comment.Text)];
}

namespace SelfProfiler.Hosting;

/// <summary>Tells whether a reason says something new, so that what happens again and again is in the log once. Not thread-safe.</summary>
internal sealed class LastReason
{
    private string? _last;

    /// <summary>It differs from the one before in more than its numbers: how many threads there are changes every time.</summary>
    public bool IsNew(string? reason)
    {
        string current = reason ?? "";
        bool isNew = _last is null || !SameButForNumbers(_last, current);
        _last = current;
        return isNew;
    }

    /// <summary>What was said is over: the same reason is news again.</summary>
    public void Forget() => _last = null;

    // In place: the pump, who asks, must not touch the array pool.
    private static bool SameButForNumbers(string one, string other)
    {
        int i = 0, j = 0;
        while (true)
        {
            i = AfterDigits(one, i);
            j = AfterDigits(other, j);
            if (i == one.Length || j == other.Length)
            {
                return i == one.Length && j == other.Length;
            }

            if (one[i++] != other[j++])
            {
                return false;
            }
        }
    }

    private static int AfterDigits(string text, int at)
    {
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at;
    }
}

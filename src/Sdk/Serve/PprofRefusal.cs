namespace SelfProfiler.Serve;

/// <summary>A request cannot be answered: the status, and one sentence that says what to do. Thrown by delegates of <see cref="ServedProfiler"/> and by response bodies before their first byte.</summary>
internal sealed class PprofRefusal(int status, string sentence) : Exception(sentence)
{
    public int Status => status;

    /// <summary>What was asked for exists but not now: switched off, not collected, stopping.</summary>
    public static PprofRefusal Unavailable(string sentence) => new(503, sentence);
}

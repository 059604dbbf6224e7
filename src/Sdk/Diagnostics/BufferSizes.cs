namespace SelfProfiler.Diagnostics;

/// <summary>How much memory is taken by what is sized by the memory the process may use.</summary>
/// <param name="HistoryBytes">For recent profiles; 0: none are kept.</param>
/// <param name="Sentence">That less is taken than usual, and why; empty when it is not.</param>
internal sealed record BufferSizes(long HistoryBytes, string Sentence)
{
    private const double Megabyte = 1 << 20;

    /// <param name="capacity">What the process may use.</param>
    /// <param name="historyMegabytes">From the options.</param>
    /// <param name="configured">Somebody chose that number: it is obeyed.</param>
    public static BufferSizes Of(Capacity capacity, int historyMegabytes, bool configured)
    {
        long usual = (long)(historyMegabytes * Megabyte);
        long bytes = configured ? usual : (long)(usual * capacity.BufferScale);
        return new(bytes, bytes == usual ? "" : FormattableString.Invariant(
            $"{bytes / Megabyte:0.#} MB instead of {historyMegabytes}, because this process may use {capacity.MemoryBytes / Megabyte:0} MB of memory; HistoryMegabytes decides otherwise."));
    }
}

using SelfProfiler.Diagnostics;

namespace SelfProfiler.Hosting;

/// <summary>A status as lines of text, for <c>/debug/pprof/status</c> and the index page.</summary>
internal static class StatusLines
{
    /// <param name="status">What to tell.</param>
    /// <param name="usualBudget">The budget while nobody boosts it.</param>
    public static List<KeyValuePair<string, string>> Of(ProfilerStatus status, double usualBudget)
    {
        var lines = new List<KeyValuePair<string, string>>
        {
            new("state", status.Enabled ? "on" : "off"),
            new("cpu", status.CpuSourceReason.Length == 0 ? status.CpuSource.ToString() : $"{status.CpuSource}: {status.CpuSourceReason}"),
            new("overhead", Overhead(status, usualBudget)),
        };
        if (status.OverheadParts.Count > 0)
        {
            lines.Add(new("overhead by source", string.Join(", ", status.OverheadParts.Select(part => FormattableString.Invariant($"{part.Key} {part.Value:P2}")))));
        }

        lines.Add(new("uptime", FormattableString.Invariant($"{status.Uptime:d\\.hh\\:mm\\:ss}")));
        lines.AddRange(status.Parts.Select(part => new KeyValuePair<string, string>(part.Name, $"{part.State} {part.Detail}".TrimEnd())));

        // What parts that failed have to say stands with them already.
        lines.AddRange(status.Notes.Except(StatusReport.NotesOn(status.Parts)).Select(note => new KeyValuePair<string, string>("note", note)));
        lines.Add(new("tables", string.Join(", ", status.Tables.Select(table => FormattableString.Invariant($"{table.Name} {table.Used:N0} of {table.Limit:N0}")))));
        return lines;
    }

    private static string Overhead(ProfilerStatus status, double usualBudget)
    {
        string text = FormattableString.Invariant($"{status.OverheadShare:P2} of a budget of {status.OverheadBudget:P2}");
        return status.OverheadBudget > usualBudget
            ? text + FormattableString.Invariant($" for the moment, because somebody asked for more; usually {usualBudget:P2}")
            : text;
    }
}

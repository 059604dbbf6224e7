using Microsoft.Extensions.Logging;

namespace SelfProfiler.Diagnostics;

/// <summary>Something the operator should know: what happened, what follows, what to do. Said once for each change of state, never for each sample.</summary>
internal readonly record struct Notice(LogLevel Level, int Id, string Text);

/// <summary>Ids of log messages; documented in docs/troubleshooting.md.</summary>
internal static class NoticeIds
{
    public const int SourceFailed = 10;
    public const int SourceRecovered = 11;
    public const int CpuSource = 12;
    public const int Boosted = 13;
    public const int OptionsDiffer = 20;
    public const int OptionsRefused = 21;
    public const int PortUnavailable = 30;
    public const int AccessDenied = 31;
    public const int PumpFault = 50;
    public const int StopTimedOut = 51;
}

/// <summary>Writes notices to the application's log.</summary>
internal static class Log
{
    public static void Write(ILogger logger, in Notice notice) =>
        logger.Log(notice.Level, new EventId(notice.Id, "SelfProfiler"), notice.Text, null, static (text, _) => text);
}

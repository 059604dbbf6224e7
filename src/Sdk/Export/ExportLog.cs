using Microsoft.Extensions.Logging;

namespace SelfProfiler.Export;

/// <summary>What the export path tells the operator: once when a destination begins to fail, once when it works again.</summary>
internal static partial class ExportLog
{
    public static void Changed(ILogger logger, string exporter, string? error)
    {
        if (error is null)
        {
            Recovered(logger, exporter);
        }
        else
        {
            Failing(logger, exporter, error);
        }
    }

    [LoggerMessage(60, LogLevel.Warning, "Profiles do not reach {Exporter}: {Error} The newest are kept and tried again; the profiler's status counts what is lost.")]
    private static partial void Failing(ILogger logger, string exporter, string error);

    [LoggerMessage(61, LogLevel.Information, "Profiles reach {Exporter} again.")]
    private static partial void Recovered(ILogger logger, string exporter);

    [LoggerMessage(62, LogLevel.Warning, "An interval could not be exported: {Error}")]
    public static partial void CutFailed(ILogger logger, string error);

    [LoggerMessage(63, LogLevel.Warning, "{Exporter} leaves something out: {What} This is said once; the profiler's status counts it.")]
    public static partial void LeavesOut(ILogger logger, string exporter, string what);

    [LoggerMessage(64, LogLevel.Warning, "{Exporter}: {Notice}")]
    public static partial void NotFollowed(ILogger logger, string exporter, string notice);
}

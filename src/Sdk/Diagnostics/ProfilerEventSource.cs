using System.Diagnostics.Tracing;

namespace SelfProfiler.Diagnostics;

/// <summary>The profiler's own events, for <c>dotnet-trace --providers SelfProfiler</c>; works without any logger.</summary>
[EventSource(Name = "SelfProfiler")]
internal sealed class ProfilerEventSource : EventSource
{
    public static readonly ProfilerEventSource Instance = new();

    private ProfilerEventSource()
    {
    }

    [Event(1, Level = EventLevel.Informational, Message = "{1}")]
    public void Information(int notice, string text) => WriteEvent(1, notice, text);

    [Event(2, Level = EventLevel.Warning, Message = "{1}")]
    public void Warning(int notice, string text) => WriteEvent(2, notice, text);

    [Event(3, Level = EventLevel.Error, Message = "{1}")]
    public void Error(int notice, string text) => WriteEvent(3, notice, text);

    [NonEvent]
    public void Write(in Notice notice)
    {
        if (!IsEnabled())
        {
            return;
        }

        switch (notice.Level)
        {
            case Microsoft.Extensions.Logging.LogLevel.Error:
                Error(notice.Id, notice.Text);
                break;
            case Microsoft.Extensions.Logging.LogLevel.Warning:
                Warning(notice.Id, notice.Text);
                break;
            default:
                Information(notice.Id, notice.Text);
                break;
        }
    }
}

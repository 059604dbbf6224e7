using Microsoft.Extensions.Logging;

namespace SelfProfiler.Hosting;

/// <summary>The application's logger, which may throw when one of its providers does: that must not end a worker of ours, nor a request of theirs.</summary>
internal sealed class ContainedLogger(ILogger inner) : ILogger
{
    private long _failures;

    /// <summary>Lines that the logger did not take.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel)
    {
        try
        {
            return inner.IsEnabled(logLevel);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failures);
            return false;
        }
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failures);
        }
    }
}

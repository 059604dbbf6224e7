using Microsoft.Extensions.Logging;
using SelfProfiler.Hosting;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public sealed class ContainedLoggerTests
{
    /// <summary>It ended the export of profiles, and the diagnostics port.</summary>
    [Fact]
    public void A_logger_that_throws_is_counted_and_nobody_notices()
    {
        var logger = new ContainedLogger(new Throwing());
        logger.LogError("lost");
        Assert.False(logger.IsEnabled(LogLevel.Error));
        Assert.True(logger.Failures >= 2);
    }

    private sealed class Throwing : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => throw new InvalidOperationException();

        public bool IsEnabled(LogLevel logLevel) => throw new InvalidOperationException();

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new AggregateException("a provider failed");
    }
}

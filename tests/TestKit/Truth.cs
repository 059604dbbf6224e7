using Xunit;

namespace SelfProfiler.TestKit;

/// <summary>Runs a statistical test: on a miss once more with twice the duration, never with looser bounds.</summary>
public static class Truth
{
    /// <param name="duration">Of the first attempt.</param>
    /// <param name="attempt">Measures for the given time and asserts.</param>
    public static async Task Repeat(TimeSpan duration, Func<TimeSpan, Task> attempt)
    {
        try
        {
            await attempt(duration);
        }
        catch (Exception miss) when (IsAssertion(miss))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"Missed in {duration.TotalSeconds:0.#} s, once more with twice the time: {miss.Message}");
            await attempt(duration * 2);
        }
    }

    public static Task Repeat(TimeSpan duration, Action<TimeSpan> attempt) =>
        Repeat(duration, time =>
        {
            attempt(time);
            return Task.CompletedTask;
        });

    // The assertion library marks its exceptions with an interface of its own; anything else is a fault, not a miss.
    private static bool IsAssertion(Exception exception) => exception.GetType().GetInterface("IAssertionException") is not null;
}

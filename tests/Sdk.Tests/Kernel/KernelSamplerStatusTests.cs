using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public class KernelSamplerStatusTests
{
    private static readonly KernelSamplerStatus Running = new() { Running = true, Scheme = SamplerScheme.Threads, Events = 12 };

    [Fact]
    public void Whatever_is_counted_is_shown()
    {
        var counters = new KernelCounters
        {
            Lost = 1,
            Malformed = 2,
            Throttled = 3,
            Refused = 4,
            Unrepaired = 5,
            Rootless = 6,
        };

        Assert.Equal([1, 2, 3, 4, 5, 6], counters.Losses.Select(loss => loss.Value).Order());
        Assert.All(new KernelCounters().Losses, loss => Assert.Equal(0, loss.Value));
    }

    [Fact]
    public void The_sentence_tells_of_errors_and_new_starts_only_when_there_were_any()
    {
        Assert.Equal("kernel, 12 events of this process's threads, kernel time from the thread clocks", Running.Sentence);
        Assert.EndsWith("; opened anew 2 times; a thread could not be covered: error 24", (Running with { Reattached = 2, LastError = 24 }).Sentence, StringComparison.Ordinal);
    }
}

using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class CpuWatchTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(true, new[] { 0, 1 }, new[] { 0, 1, 2, 3 }, 0, false)] // threads may run on fewer
    [InlineData(true, new[] { 0, 1, 2, 3 }, new[] { 0, 1, 2, 3 }, 0, true)] // one has come
    [InlineData(false, new[] { 0, 1, 2, 3 }, new[] { 0, 1, 2, 3 }, 0, true)]
    [InlineData(true, new[] { 0, 1 }, new[] { 0, 1 }, 0, true)] // one has gone, with its event
    [InlineData(false, new[] { 0, 1 }, new[] { 0, 1 }, 0, false)] // events of threads wait for it
    [InlineData(true, new[] { 0, 1, 2 }, new int[0], 0, false)] // the list could not be read
    [InlineData(true, new[] { 0, 1, 2 }, new[] { 0, 1, 2 }, 5, true)] // all were gone for a while, but one
    [InlineData(false, new[] { 0, 1, 2 }, new[] { 0, 1, 2 }, 5, false)]
    public void Events_of_cpus_are_opened_anew_when_one_came_or_went(bool ofCpus, int[] usable, int[] online, int suspendedSeconds, bool changed)
    {
        var watch = new CpuWatch();
        watch.Restart([0, 1, 2], 100 * Second);
        Assert.Equal(changed, watch.HaveChanged(ofCpus, usable, online, (100 + suspendedSeconds) * Second));
    }

    [Fact]
    public void A_cpu_that_comes_back_is_noticed_after_it_was_missed()
    {
        var watch = new CpuWatch();
        watch.Restart([0, 1, 2], 0);
        Assert.True(watch.HaveChanged(ofCpus: true, [0, 1], [0, 1], 0));
        watch.Restart([0, 1], 0);
        Assert.False(watch.HaveChanged(ofCpus: true, [0, 1], [0, 1], 0));
        Assert.True(watch.HaveChanged(ofCpus: true, [0, 1, 2], [0, 1, 2], 0));
    }
}

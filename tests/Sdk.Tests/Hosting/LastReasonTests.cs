using SelfProfiler.Hosting;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public class LastReasonTests
{
    private readonly LastReason _reason = new();

    [Theory]
    [InlineData("perf_event_paranoid is 3.", "perf_event_paranoid is 3.", false)]
    [InlineData("512 threads on 4 CPUs need more", "1024 threads on 16 CPUs need more", false)]
    [InlineData("The kernel sampler was stopped.", "perf_event_paranoid is 3.", true)]
    [InlineData("error 1", "error 1: no", true)]
    [InlineData("", "x", true)]
    [InlineData(null, null, false)]
    public void What_differs_in_its_numbers_only_is_said_once(string? first, string? second, bool isNew)
    {
        Assert.True(_reason.IsNew(first));
        Assert.Equal(isNew, _reason.IsNew(second));
        Assert.False(_reason.IsNew(second));
    }

    [Fact]
    public void What_comes_back_after_another_is_said_again()
    {
        Assert.True(_reason.IsNew("one"));
        Assert.True(_reason.IsNew("another"));
        Assert.True(_reason.IsNew("one"));
    }
}

using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

[Collection(Quiet.Name)]
public sealed class PerfProbeTests
{
    [Fact]
    public void Rights_are_asked_for_anew_when_events_are_refused_in_spite_of_them()
    {
        var rights = PerfProbe.Run(insist: false, out var reason, out _);
        Assert.True(rights is not null, reason);
        using var sampler = new KernelSampler(PerfAbi.Current!, rights, new KernelSamplerSettings { PeriodNanoseconds = -1 });
        Assert.False(sampler.AttachOnPump(out reason));
        Assert.Contains("refused", reason);
        Assert.NotSame(rights, PerfProbe.Run(insist: false, out _, out _));
    }
}

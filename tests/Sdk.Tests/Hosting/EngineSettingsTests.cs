using SelfProfiler.Hosting;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public class EngineSettingsTests
{
    [Fact]
    public void A_second_host_is_told_when_its_triggers_have_other_thresholds()
    {
        Assert.Equal("", Difference(cpu: 0.8));
        Assert.Equal(
            "Triggers is cpu above 0.8 for 00:00:10, then quiet for 00:10:00, not cpu above 0.9 for 00:00:10, then quiet for 00:10:00",
            Difference(cpu: 0.9));
    }

    private static string Difference(double cpu) => EngineSettings.DifferenceOf(With(0.8), With(cpu));

    private static EngineSettings With(double cpu)
    {
        var options = new ContinuousProfilingOptions();
        (options.Triggers.Cpu, options.Triggers.For, options.Triggers.CoolDown) = (cpu, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
        return new EngineSettings(options);
    }
}

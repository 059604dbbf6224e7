using Microsoft.Extensions.Configuration;
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

    [Theory]
    [InlineData("ContinuousProfiling:OverheadBudget", "0.01", 8, false)]
    [InlineData("ContinuousProfiling:HistoryMegabytes", "8", 8, true)]
    [InlineData("ContinuousProfiling:HistoryMegabytes", "3", 3, true)]
    public void The_default_size_of_history_is_told_from_one_that_was_chosen(string key, string value, int megabytes, bool configured)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(key, value)]).Build();
        var options = new ContinuousProfilingOptions();
        new OptionsFromConfiguration(new Services(configuration)).Configure(options);
        OptionsFromEnvironment.Apply(options, new Dictionary<string, string> { ["SELFPROFILER_MAX_CAPTURES"] = "4" });

        var settings = new EngineSettings(options);

        Assert.Equal((megabytes, configured), (settings.HistoryMegabytes, settings.HistoryConfigured));
    }

    private static string Difference(double cpu) => EngineSettings.DifferenceOf(With(0.8), With(cpu));

    private static EngineSettings With(double cpu)
    {
        var options = new ContinuousProfilingOptions();
        (options.Triggers.Cpu, options.Triggers.For, options.Triggers.CoolDown) = (cpu, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));
        return new EngineSettings(options);
    }

    private sealed class Services(IConfiguration configuration) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(IConfiguration) ? configuration : null;
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SelfProfiler.Hosting;

/// <summary>Binds section <c>ContinuousProfiling</c>, when the application has a configuration at all.</summary>
internal sealed class OptionsFromConfiguration(IServiceProvider services) : IConfigureOptions<ContinuousProfilingOptions>
{
    public void Configure(ContinuousProfilingOptions options) =>
        services.GetService<IConfiguration>()?.GetSection(ContinuousProfilingOptions.SectionName).Bind(options);
}

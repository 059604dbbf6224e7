using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.Hosting;

/// <summary>Follows reloads of the configuration: good values are applied, bad ones leave the old in force and are named in the log.</summary>
/// <remarks>Not <see cref="IOptionsMonitor{TOptions}"/>: it throws the validation's exception into whatever reloaded the configuration.</remarks>
internal sealed class OptionsReload(IServiceProvider services, IOptionsFactory<ContinuousProfilingOptions> factory)
{
    public ContinuousProfilingOptions Current() => factory.Create(Options.DefaultName);

    public IDisposable? Subscribe(Action<ContinuousProfilingOptions> apply, Action<Notice> notify)
    {
        if (services.GetService<IConfiguration>() is not { } configuration)
        {
            return null;
        }

        var section = configuration.GetSection(ContinuousProfilingOptions.SectionName);
        return ChangeToken.OnChange(section.GetReloadToken, () =>
        {
            try
            {
                apply(Current());
            }
            catch (Exception exception)
            {
                notify(new Notice(
                    LogLevel.Warning, NoticeIds.OptionsRefused, $"The reloaded options were refused and the old ones stay in force. {exception.Message}"));
            }
        });
    }
}

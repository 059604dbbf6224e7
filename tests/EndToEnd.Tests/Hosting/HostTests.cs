using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SelfProfiler.Diagnostics;
using SelfProfiler.Hosting;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Hosting;

public sealed class HostTests
{
    private static readonly string[] Sources = ["cpu", "methods", "allocations and exceptions", "contention", "waits"];
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Fifty_hosts_share_one_engine_and_the_last_one_takes_it_away()
    {
        var hosts = Enumerable.Range(0, 50).Select(_ => Build([])).ToArray();
        await Task.WhenAll(hosts.Select(host => host.StartAsync()));
        Assert.Equal(50, EngineLease.Count);
        var profilers = hosts.Select(host => host.Services.GetRequiredService<ContinuousProfiler>()).ToArray();
        Assert.Single(profilers.Select(profiler => profiler.Host.Engine).Distinct());

        await Task.WhenAll(hosts.Select(host => host.StopAsync()));
        Assert.Equal(0, EngineLease.Count);
        await Eventually.Until(() => !ThreadNames().Contains("SelfProfiler pum"), Deadline);
        foreach (var host in hosts)
        {
            host.Dispose();
        }
    }

    [Fact]
    public async Task Hosts_one_after_another_profile_each_time()
    {
        for (int i = 0; i < 3; i++)
        {
            using var host = Build([]);
            await host.StartAsync();
            var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
            await Profilers.Ready(profiler);
            var profile = await profiler.CaptureAsync(ProfileKind.Threads, TimeSpan.Zero);
            Assert.True(profile.Sum(0) > 0, profile.ToFoldedText());
            await host.StopAsync();
        }
    }

    [Fact]
    public async Task Who_needs_no_host_does_not_wait_for_one()
    {
        using var host = Build([]);
        await host.StartAsync();
        await using var profiler = ContinuousProfiler.Start();
        Assert.DoesNotContain(profiler.Status.Parts, part => part.Name == "sources");
        await host.StopAsync();
    }

    [Fact]
    public async Task An_option_out_of_range_stops_the_start_with_its_name()
    {
        using var host = Build(new() { ["ContinuousProfiling:OverheadBudget"] = "0.9" });
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("OverheadBudget is 0.9; it must be between 0.0005 and 0.25", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configuration_switches_it_off_and_on_and_bad_values_keep_the_old_ones()
    {
        var configuration = new ReloadableSource();
        configuration.Values["ContinuousProfiling:Enabled"] = "true";
        using var host = Build([], configuration);
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        await Profilers.Ready(profiler);

        configuration.Change("ContinuousProfiling:Enabled", "false");
        Assert.False(profiler.Enabled);
        await Eventually.Until(() => profiler.Status.Parts.Where(part => Sources.Contains(part.Name)).All(part => part.State == PartState.Off), Deadline);
        await Assert.ThrowsAsync<InvalidOperationException>(() => profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromSeconds(1)));

        configuration.Change("ContinuousProfiling:OverheadBudget", "7");
        configuration.Change("ContinuousProfiling:Enabled", "true");
        Assert.False(profiler.Enabled);
        configuration.Change("ContinuousProfiling:OverheadBudget", "0.01");
        Assert.True(profiler.Enabled);
        await Profilers.Ready(profiler);
        Assert.Equal(0, (await profiler.CaptureAsync(ProfileKind.Exceptions, TimeSpan.FromMilliseconds(100))).SampleCount);
        await host.StopAsync();
    }

    /// <summary>Every reload of any configuration comes along here: it undid what an operator had switched off.</summary>
    [Fact]
    public async Task What_was_switched_by_hand_stays_when_something_else_is_reloaded()
    {
        var configuration = new ReloadableSource();
        using var host = Build([], configuration);
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        await Profilers.Ready(profiler);

        profiler.Enabled = false;
        configuration.Change("ContinuousProfiling:OverheadBudget", "0.01");
        Assert.False(profiler.Enabled);
        configuration.Change("ContinuousProfiling:Enabled", "false");
        configuration.Change("ContinuousProfiling:Enabled", "true");
        Assert.True(profiler.Enabled);
        await host.StopAsync();
    }

    [Fact]
    public void Variables_have_the_last_word()
    {
        var options = new ContinuousProfilingOptions { OverheadBudget = 0.02 };
        OptionsFromEnvironment.Apply(options, new Dictionary<string, string>
        {
            ["SELFPROFILER_OVERHEAD_BUDGET"] = "0.03",
            ["SELFPROFILER_LABELS__MAX_REQUESTS"] = "512",
            ["SELFPROFILER_CPUSOURCE"] = "EventPipe",
            ["OTHER"] = "1",
        });
        Assert.Equal(0.03, options.OverheadBudget);
        Assert.Equal(512, options.Labels.MaxRequests);
        Assert.Equal(CpuSource.EventPipe, options.CpuSource);
    }

    [Fact]
    public async Task Captures_end_when_the_host_stops()
    {
        using var host = Build([]);
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        var capture = profiler.CaptureAsync(ProfileKind.Cpu, TimeSpan.FromMinutes(2));
        await host.StopAsync();
        await capture.WaitAsync(Deadline);
    }

    [Fact]
    public async Task Lines_that_the_logger_refuses_are_a_loss()
    {
        using var host = Build([], logger: new Refusing());
        await host.StartAsync();
        var profiler = host.Services.GetRequiredService<ContinuousProfiler>();
        profiler.Host.Notify(new Notice(LogLevel.Warning, NoticeIds.SourceFailed, "Something happened."));
        Assert.Contains(profiler.Status.Losses, loss => loss is { Key: "log lines that the logger refused", Value: > 0 });
        await host.StopAsync();
    }

    private static IHost Build(Dictionary<string, string?> values, ReloadableSource? source = null, ILoggerProvider? logger = null)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(values);
        if (source is not null)
        {
            ((IConfigurationBuilder)builder.Configuration).Add(source);
        }

        if (logger is not null)
        {
            builder.Logging.AddProvider(logger);
        }

        builder.Services.AddContinuousProfilingCore();
        return builder.Build();
    }

    private static HashSet<string> ThreadNames() =>
        [.. Directory.EnumerateDirectories("/proc/self/task").Select(task => ReadName(task))];

    private static string ReadName(string task)
    {
        try
        {
            return File.ReadAllText(task + "/comm").Trim();
        }
        catch (IOException)
        {
            return ""; // it ended
        }
    }

    /// <summary>Takes what the host itself has to say.</summary>
    private sealed class Refusing : ILoggerProvider, ILogger
    {
        private bool _ours;

        public ILogger CreateLogger(string categoryName) => new Refusing { _ours = categoryName == "SelfProfiler" };

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (_ours)
            {
                throw new InvalidOperationException("a provider failed");
            }
        }

        public void Dispose()
        {
        }
    }

    private sealed class ReloadableSource : ConfigurationProvider, IConfigurationSource
    {
        public IDictionary<string, string?> Values => Data;

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public void Change(string key, string value)
        {
            Data[key] = value;
            OnReload();
        }
    }
}

using System.Net;
using Microsoft.Extensions.Options;
using SelfProfiler.Diagnostics.Fleet;

namespace SelfProfiler.Hosting;

/// <summary>Says which option is out of range, and what the range is.</summary>
internal sealed class ContinuousProfilingOptionsValidator : IValidateOptions<ContinuousProfilingOptions>
{
    public ValidateOptionsResult Validate(string? name, ContinuousProfilingOptions options)
    {
        var errors = Errors(options);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>What destinations ask of the options; they are known later than the options themselves.</summary>
    public static void ThrowIfRefused(ContinuousProfilingOptions options, IEnumerable<IProfileExporter> exporters)
    {
        var errors = exporters
            .Where(exporter => exporter.LongestInterval < options.ExportInterval)
            .Select(exporter => FormattableString.Invariant(
                $"ContinuousProfiling: ExportInterval is {options.ExportInterval}; exporter {exporter.Name} takes at most {exporter.LongestInterval}."))
            .ToList();
        if (errors.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(ContinuousProfilingOptions), errors);
        }
    }

    public static List<string> Errors(ContinuousProfilingOptions options)
    {
        var errors = new List<string>();
        Between(nameof(options.OverheadBudget), options.OverheadBudget, 0.0005, 0.25);
        Between(nameof(options.MaxCaptureDuration), options.MaxCaptureDuration, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Between(nameof(options.MaxCaptures), options.MaxCaptures, 1, 64);
        Between(nameof(options.ExportInterval), options.ExportInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Between(nameof(options.HistoryMegabytes), options.HistoryMegabytes, 0, 1024);
        if (options.TraceLink is { } link && !(link.Contains("{trace_id}", StringComparison.Ordinal)
            && Uri.TryCreate(link.Replace("{trace_id}", "0", StringComparison.Ordinal), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
        {
            errors.Add("ContinuousProfiling: TraceLink must be an http or https address with {trace_id} in it, for example https://tracing.example/trace/{trace_id}.");
        }

        Between("History.MaxAge", options.History.MaxAge, TimeSpan.FromHours(1), TimeSpan.FromDays(366));
        Between("History.MaxMegabytes", options.History.MaxMegabytes, 16, 1_048_576);
        if (options.History.Directory is { } directory && (string.IsNullOrWhiteSpace(directory) || directory.Contains('\0', StringComparison.Ordinal)))
        {
            errors.Add("ContinuousProfiling: History.Directory is no name of a directory; leave it out to keep history in memory only.");
        }

        if (options.History.Directory is not null && options.HistoryMegabytes == 0)
        {
            errors.Add("ContinuousProfiling: History.Directory needs history: HistoryMegabytes is 0; it must be at least 1.");
        }

        Between("Labels.MaxLabelSets", options.Labels.MaxLabelSets, 16, 100_000);
        Between("Labels.MaxRequests", options.Labels.MaxRequests, 256, 1_048_576);
        Between(nameof(options.Coverage), options.Coverage, 0.001, 1);
        Between(nameof(options.CoverageSlot), options.CoverageSlot, TimeSpan.FromSeconds(10), TimeSpan.FromDays(1));
        Between("Duty.Period", options.Duty.Period, TimeSpan.FromSeconds(10), TimeSpan.FromDays(1));
        if (options.Duty.On != TimeSpan.Zero)
        {
            Between("Duty.On", options.Duty.On, TimeSpan.FromSeconds(1), options.Duty.Period);
        }

        Between("Boost.Budget", options.Boost.Budget, 0.0005, 0.5);
        Between("Boost.Duration", options.Boost.Duration, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
        Between("Triggers.Cpu", options.Triggers.Cpu ?? 1, 0.01, 1);
        Between("Triggers.GcPause", options.Triggers.GcPause ?? 1, 0.001, 1);
        Between("Triggers.PoolQueue", options.Triggers.PoolQueue ?? 1, 1, int.MaxValue);
        Between("Triggers.For", options.Triggers.For, TimeSpan.Zero, TimeSpan.FromMinutes(10));
        Between("Triggers.CoolDown", options.Triggers.CoolDown, TimeSpan.FromSeconds(10), TimeSpan.FromDays(1));
        Between("Triggers.RouteP95 (number of routes)", options.Triggers.RouteP95.Count, 0, TriggerSet.MaxRoutes);
        foreach (var (route, threshold) in options.Triggers.RouteP95)
        {
            Between($"Triggers.RouteP95[{route}]", threshold, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(16));
        }

        if (options.DiagnosticsPort is { } port)
        {
            Between(nameof(options.DiagnosticsPort), port, 0, 65_535);
        }

        if (!Enum.IsDefined(options.CpuSource))
        {
            errors.Add($"ContinuousProfiling: CpuSource is {options.CpuSource}; it must be Auto, Kernel or EventPipe.");
        }

        if (!IPAddress.TryParse(options.DiagnosticsAddress, out _))
        {
            errors.Add($"ContinuousProfiling: DiagnosticsAddress is \"{options.DiagnosticsAddress}\"; it must be an IP address, for example 127.0.0.1 or ::1.");
        }

        if (options.DiagnosticsToken is { Length: < 16 })
        {
            errors.Add("ContinuousProfiling: DiagnosticsToken is shorter than 16 characters.");
        }

        return errors;

        void Between<T>(string option, T value, T least, T most)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            {
                errors.Add(FormattableString.Invariant($"ContinuousProfiling: {option} is {value}; it must be between {least} and {most}."));
            }
        }
    }
}

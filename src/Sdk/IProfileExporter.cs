namespace SelfProfiler;

/// <summary>What became of an export.</summary>
public enum ExportOutcome
{
    /// <summary>The destination has it.</summary>
    Delivered,

    /// <summary>The destination does not have it; trying again later is safe and may help.</summary>
    Retry,

    /// <summary>The destination will never take it: it is dropped and counted.</summary>
    Rejected,

    /// <summary>The exporter keeps it (on disk) and sends it later, when <see cref="IProfileExporter.ResumeAsync"/> is called.</summary>
    Kept,
}

/// <summary>The result of one export.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">A sentence for the status, when it was not delivered or something beside it failed.</param>
/// <param name="RetryAfter">How long the destination asked to be left alone.</param>
public readonly record struct ExportResult(ExportOutcome Outcome, string? Reason = null, TimeSpan? RetryAfter = null)
{
    /// <summary>The destination has it.</summary>
    public static ExportResult Delivered => new(ExportOutcome.Delivered);
}

/// <summary>Who profiles: written beside every exported profile.</summary>
/// <param name="Service">Name of the service.</param>
/// <param name="Version">Its version, empty when unknown.</param>
/// <param name="Environment">Deployment environment, empty when unknown.</param>
/// <param name="Host">Name of the machine or container.</param>
/// <param name="Instance">Unique for this run of the process.</param>
/// <param name="Commit">Source revision, empty when unknown.</param>
public sealed record ProfileSource(string Service, string Version, string Environment, string Host, string Instance, string Commit);

/// <summary>One interval of one kind on its way to a destination.</summary>
/// <param name="Profile">The sealed profile.</param>
/// <param name="Source">Who made it.</param>
/// <param name="Lost">Samples the runtime or the profiler lost in the interval.</param>
public sealed record ProfileExport(Profile Profile, ProfileSource Source, long Lost);

/// <summary>A destination of profiles. Called from one background task at a time, never from the application's threads.</summary>
public interface IProfileExporter
{
    /// <summary>Short and unique; appears in status and metrics.</summary>
    string Name { get; }

    /// <summary>Sends one profile. Exceptions count as <see cref="ExportOutcome.Retry"/>.</summary>
    /// <param name="export">What to send.</param>
    /// <param name="cancellationToken">Ends the attempt when the deadline passes or the process stops.</param>
    ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken);

    /// <summary>What an exporter with a spool has still to send. Read by several threads; cheap.</summary>
    ExporterBacklog Backlog => default;

    /// <summary>What it left out of profiles because of a limit. Read by several threads; cheap.</summary>
    IReadOnlyList<ExporterLoss> Losses => [];

    /// <summary>The longest <see cref="ContinuousProfilingOptions.ExportInterval"/> whose profiles the destination takes; a longer one stops the start-up.</summary>
    TimeSpan LongestInterval => TimeSpan.MaxValue;

    /// <summary>How long one attempt may take before it is cancelled; from 1 second to 2 minutes.</summary>
    TimeSpan LongestAttempt => TimeSpan.FromSeconds(30);

    /// <summary>Settings that it does not follow, in sentences that say what it does instead; in the status, and logged once.</summary>
    IReadOnlyList<string> Notices => [];

    /// <summary>Sends one thing out of the backlog; called while there is one.</summary>
    /// <param name="cancellationToken">Ends the attempt when the deadline passes or the process stops.</param>
    ValueTask<ExportResult> ResumeAsync(CancellationToken cancellationToken) => ValueTask.FromResult(ExportResult.Delivered);
}

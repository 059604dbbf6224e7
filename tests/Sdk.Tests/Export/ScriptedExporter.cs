namespace SelfProfiler.Sdk.Tests.Export;

/// <summary>A destination that answers as a test tells it to, and remembers what it was given.</summary>
internal sealed class ScriptedExporter(Func<ProfileExport, CancellationToken, ValueTask<ExportResult>> answer, string name = "scripted") : IProfileExporter
{
    private readonly Lock _gate = new();
    private readonly List<ProfileExport> _attempts = [];
    private readonly List<ProfileExport> _delivered = [];
    private int _running;

    public ScriptedExporter()
        : this((_, _) => ValueTask.FromResult(ExportResult.Delivered))
    {
    }

    public string Name => name;

    public IReadOnlyList<ExporterLoss> Losses { get; set; } = [];

    public IReadOnlyList<string> Notices { get; init; } = [];

    public TimeSpan LongestAttempt { get; init; } = TimeSpan.FromSeconds(30);

    public bool RanTwoAtOnce { get; private set; }

    public ProfileExport[] Attempts
    {
        get
        {
            lock (_gate)
            {
                return [.. _attempts];
            }
        }
    }

    public ProfileExport[] Delivered
    {
        get
        {
            lock (_gate)
            {
                return [.. _delivered];
            }
        }
    }

    public async ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken)
    {
        RanTwoAtOnce |= Interlocked.Increment(ref _running) > 1;
        lock (_gate)
        {
            _attempts.Add(export);
        }

        try
        {
            var result = await answer(export, cancellationToken);
            if (result.Outcome == ExportOutcome.Delivered)
            {
                lock (_gate)
                {
                    _delivered.Add(export);
                }
            }

            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}

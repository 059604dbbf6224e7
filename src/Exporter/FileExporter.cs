using SelfProfiler.Exporter.Files;

namespace SelfProfiler.Exporter;

/// <summary>Writes every interval to a directory: a file for each kind and its metadata beside it; old ones are deleted.</summary>
public sealed class FileExporter : IProfileExporter
{
    private readonly ProfileFiles _files;
    private readonly FileRetention _retention;

    /// <summary>An exporter for use without a host; with one, <c>AddFileExporter</c> creates it.</summary>
    /// <param name="options">Not to be changed afterwards.</param>
    public FileExporter(FileExporterOptions options)
        : this(options, TimeProvider.System)
    {
    }

    internal FileExporter(FileExporterOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Name = options.Name;
        var directory = Path.GetFullPath(options.Directory!);
        _files = new ProfileFiles(directory, options.Format);
        _retention = new FileRetention(directory, options.MaxAge, options.MaxMegabytes * 1024L * 1024, time);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(export);
        try
        {
            var written = _files.Write(export);
            return ValueTask.FromResult(ExportResult.Delivered with { Reason = _retention.Apply(written) });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ValueTask.FromResult(new ExportResult(ExportOutcome.Retry, $"The profile could not be written: {exception.Message}"));
        }
    }
}

namespace SelfProfiler.Exporter;

/// <summary>Where profiles are written, and how many are kept.</summary>
public sealed class FileExporterOptions
{
    /// <summary>Name in the status and the log.</summary>
    public string Name { get; set; } = "files";

    /// <summary>The directory; created when it does not exist. Several processes may share one.</summary>
    public string? Directory { get; set; }

    /// <summary>Format of the files.</summary>
    public ProfileFormat Format { get; set; } = ProfileFormat.Pprof;

    /// <summary>How long files are kept.</summary>
    /// <value>The default is 24 hours; at least 1 minute.</value>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(24);

    /// <summary>What all of them together may take; the oldest go first.</summary>
    /// <value>The default is 256 MB; from 1 to 1,048,576.</value>
    public int MaxMegabytes { get; set; } = 256;

    internal void Validate()
    {
        Check(!string.IsNullOrWhiteSpace(Directory), $"{nameof(FileExporterOptions)}.{nameof(Directory)}: the directory to write to is needed.");
        Check(Enum.IsDefined(Format), $"{nameof(FileExporterOptions)}.{nameof(Format)}: pprof, folded or speedscope.");
        Check(MaxAge >= TimeSpan.FromMinutes(1), $"{nameof(FileExporterOptions)}.{nameof(MaxAge)}: at least 1 minute.");
        Check(MaxMegabytes is >= 1 and <= 1_048_576, $"{nameof(FileExporterOptions)}.{nameof(MaxMegabytes)}: from 1 to 1,048,576.");
    }

    private static void Check(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}

namespace SelfProfiler.Exporter.Tests;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("selfprofiler-").FullName;

    public string[] Files(string pattern = "*") => [.. Directory.GetFiles(Path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

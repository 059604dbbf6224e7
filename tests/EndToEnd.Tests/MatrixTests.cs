using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests;

/// <summary>Publishes one program in every form and asks it whether the profiler found its work.</summary>
public sealed class MatrixTests : IDisposable
{
    private static readonly TimeSpan PublishDeadline = TimeSpan.FromMinutes(8);

    private readonly string _folder = Directory.CreateTempSubdirectory("selfprofiler-matrix-").FullName;

    [Theory]
    [InlineData("framework-dependent", "--no-self-contained")]
    [InlineData("self-contained", "--self-contained")]
    [InlineData("single-file", "--self-contained -p:PublishSingleFile=true")]
    [InlineData("trimmed", "--self-contained -p:PublishTrimmed=true")]
    [InlineData("ready-to-run composite", "--self-contained -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=true -p:PublishTrimmed=true")] // trimmed: all of the framework takes a minute
    public async Task The_profiler_finds_the_work_of_a_program_published(string form, string arguments)
    {
        string project = Path.Combine(Repository.Root, "tests/Programs/Matrix/Matrix.csproj");
        string output = Path.Combine(_folder, "out");
        var (code, log) = await ChildProcess.RunAsync(
            "dotnet",
            ["publish", project, "-c", "Release", "-r", "linux-x64", "-o", output, "--artifacts-path", Path.Combine(_folder, "artifacts"),
                "-p:RunAnalyzers=false", "--nologo", "-v", "quiet", .. arguments.Split(' ')],
            deadline: PublishDeadline);
        Assert.True(code == 0, form + "\n" + log);

        (code, log) = await ChildProcess.RunAsync(Path.Combine(output, "Matrix"), [], deadline: TimeSpan.FromMinutes(2));
        Assert.True(code == 0, form + "\n" + log);
        foreach (string kind in new[] { "Cpu", "Allocations", "Exceptions", "Threads" })
        {
            Assert.True(log.Contains(kind + ": found", StringComparison.Ordinal), form + "\n" + log);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

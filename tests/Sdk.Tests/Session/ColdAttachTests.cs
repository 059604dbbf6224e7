using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>Fresh processes that attach to themselves at once, where a naive reader hung in 16 of 26 runs.</summary>
[Collection("Runtime sessions")]
public sealed class ColdAttachTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Cold_processes_start_and_stop_everything_without_hanging()
    {
        int processes = int.TryParse(Environment.GetEnvironmentVariable("SELFPROFILER_TEST_COLD"), out int more) ? more : 10;
        await Parallel.ForAsync(0, processes, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (_, _) =>
        {
            var (code, output) = await RunAsync(["cycles", "3"]);
            Assert.True(code == 0 && output == "3 cycles", output);
        });
    }

    [Theory]
    [InlineData("DOTNET_EnableDiagnostics", "0", "DiagnosticsOff", "remove it and restart")]
    [InlineData("DOTNET_EnableDiagnostics_IPC", "0", "DiagnosticsOff", "remove it and restart")]
    [InlineData("TMPDIR", "/does/not/exist", "NoSocket", "make that directory writable")]
    public async Task Where_the_runtime_cannot_be_attached_to_one_line_says_what_to_do(string variable, string value, string reason, string advice)
    {
        var (code, output) = await RunAsync(["state"], new() { [variable] = value });
        Assert.True(code == 0, output);
        Assert.Contains($"Methods: Failed {reason} 0 starts", output);
        Assert.Contains(advice, output);
        Assert.Contains("1 notices", output);
    }

    [Fact]
    public async Task Without_event_sources_the_runtimes_own_sessions_still_run()
    {
        string config = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.runtimeconfig.json");
        string own = await File.ReadAllTextAsync(Path.ChangeExtension(Program, ".runtimeconfig.json"));
        await File.WriteAllTextAsync(config, own.Replace(
            "\"configProperties\": {",
            "\"configProperties\": { \"System.Diagnostics.Tracing.EventSource.IsSupported\": false,",
            StringComparison.Ordinal));
        try
        {
            var (code, output) = await ChildProcess.RunAsync("dotnet", ["exec", "--runtimeconfig", config, Program, "cycles", "1"], _patience);
            Assert.True(code == 0 && output == "1 cycles", output);
        }
        finally
        {
            File.Delete(config);
        }
    }

    [Fact]
    public async Task With_all_sessions_taken_it_waits_for_room()
    {
        var (code, output) = await RunAsync(["crowded", "64"]);
        Assert.True(code == 0, output);
        Assert.Contains("Methods: Starting Refused 0 starts", output);
        Assert.Contains("all of its 64 sessions are probably taken", output);
    }

    [Theory]
    [InlineData("return")]
    [InlineData("exit")]
    public async Task A_process_that_ends_while_sessions_run_ends_quietly(string how)
    {
        var (code, output) = await RunAsync(["exit", how]);
        Assert.True(code == 0, output);
        Assert.DoesNotContain("notice", output);
    }

    [Fact]
    public async Task A_process_ends_although_the_pump_hangs()
    {
        var (code, output) = await RunAsync(["exit", "hung"]);
        Assert.True(code == 0, output);
        Assert.Contains("reading thread hangs", output);
    }

    private static Task<(int ExitCode, string Output)> RunAsync(string[] arguments, Dictionary<string, string?>? environment = null) =>
        ChildProcess.RunAsync("dotnet", [Program, .. arguments], _patience, environment);

    private static string Program
    {
        get
        {
            // bin/<configuration>/net10.0 here as there.
            string output = Path.GetRelativePath(Path.Combine(Repository.Root, "tests/Sdk.Tests"), AppContext.BaseDirectory);
            return Path.Combine(Repository.Root, "tests/Programs/ColdAttach", output, "ColdAttach.dll");
        }
    }
}

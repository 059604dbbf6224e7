using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

/// <summary>Real filters, users and limits, in processes of their own.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class RefusalTests
{
    private const int SystemCallSignal = 128 + 31;
    private const int Nobody = 65533;

    [Fact]
    public async Task A_process_without_a_filter_is_sampled_without_any_setting()
    {
        var said = await Run([]);
        Assert.Equal(Environment.UserName == "root" ? "SystemWide" : "ThreadsByCpus", said["scheme"]);
        Assert.True(int.Parse(said["samples"]) >= 20);
    }

    [Theory]
    [InlineData("eperm", "(EPERM)")]
    [InlineData("enosys", "(ENOSYS)")]
    [InlineData("kill", "kills")]
    public async Task A_filter_that_refuses_leads_to_a_reason_and_the_process_lives(string filter, string reason)
    {
        var said = await Run(["--filter", filter]);
        Assert.Equal("False", said["probed"]);
        Assert.Contains(reason, said["reason"]);
    }

    [Theory]
    [InlineData("eperm")]
    [InlineData("kill")]
    public async Task A_process_is_copied_once_to_try_a_filter_out(string filter)
    {
        var said = await Run(["--filter", filter, "--twice"]);
        Assert.Equal("True", said["copied"]);
        Assert.Equal("False", said["copiedAgain"]);
    }

    [Fact]
    public async Task A_killing_filter_of_a_service_is_not_provoked()
    {
        var said = await Run(["--filter", "kill"], new() { ["INVOCATION_ID"] = "0123456789abcdef0123456789abcdef" });
        Assert.Contains("SystemCallFilter=perf_event_open", said["reason"]);
    }

    [Fact]
    public async Task A_killing_filter_does_not_kill_a_service_that_insists_either()
    {
        var said = await Run(["--filter", "kill", "--insist"], new() { ["INVOCATION_ID"] = "0123456789abcdef0123456789abcdef" });
        Assert.Contains("kills", said["reason"]);
    }

    [Fact]
    public async Task The_killing_filter_of_these_tests_does_kill()
    {
        await using var child = ChildProcess.Start("dotnet", [ProgramPath, "--filter", "kill", "--reckless"]);
        await child.WaitForExitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(SystemCallSignal, child.ExitCode);
    }

    [Fact]
    public async Task An_unprivileged_user_is_sampled_at_paranoid_2()
    {
        var said = await RunAsNobody([]);
        if (Paranoid() > 2 && said["probed"] == "False")
        {
            Assert.Contains($"kernel.perf_event_paranoid is {Paranoid()}", said["reason"]);
            return;
        }

        Assert.Equal("ThreadsByCpus", said["scheme"]);
        Assert.True(int.Parse(said["samples"]) >= 20);
    }

    [Fact]
    public async Task Too_few_descriptors_lead_to_a_reason() =>
        Assert.Contains("60 descriptors", (await RunAsNobody(["--descriptors", "60"]))["reason"]);

    [Fact]
    public async Task Exhausted_descriptors_lead_to_a_reason() =>
        Assert.Contains("No file descriptors are left", (await RunAsNobody(["--descriptors", "600", "--starve", "descriptors"]))["reason"]);

    [Fact]
    public async Task Exhausted_locked_memory_leads_to_a_reason() =>
        Assert.Contains("ulimit -l", (await RunAsNobody(["--starve", "memory"]))["reason"]);

    [Fact]
    public async Task A_cpu_that_becomes_usable_is_covered()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2 && !OnCI, "One CPU only.");
        var said = await Run(["--widen"], prefix: ["taskset", "-c", "0"]);
        Assert.Equal("1", said["cpus"]);
        Assert.NotEqual("1", said["cpusAfter"]);
        Assert.Equal("1", said["reattached"]);
    }

    private static bool OnCI => Environment.GetEnvironmentVariable("CI") == "true";

    private static string ProgramPath { get; } = Path.Combine(
        Repository.Root, "tests", "Programs", "SeccompHost", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "SeccompHost.dll");

    private static int Paranoid() => int.Parse(File.ReadAllText("/proc/sys/kernel/perf_event_paranoid"));

    private static async Task<Dictionary<string, string>> RunAsNobody(string[] arguments)
    {
        using var copy = new UnprivilegedCopy(Path.GetDirectoryName(ProgramPath)!, Nobody);
        return await Run(arguments, prefix: copy.Prefix, program: Path.Combine(copy.Folder, "SeccompHost.dll"));
    }

    private static async Task<Dictionary<string, string>> Run(
        string[] arguments, Dictionary<string, string?>? environment = null, string[]? prefix = null, string? program = null)
    {
        environment ??= [];
        environment.TryAdd("INVOCATION_ID", null);
        environment.TryAdd("HOME", "/tmp");
        string[] command = [.. prefix ?? [], "dotnet", program ?? ProgramPath, .. arguments];
        var (exitCode, output) = await ChildProcess.RunAsync(command[0], command[1..], environment: environment);
        var said = output.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.True(exitCode == 0 && said.GetValueOrDefault("alive") == "yes", $"Ended with {exitCode}:\n{output}");
        return said;
    }
}

using System.Diagnostics;
using System.Globalization;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Hosting;

/// <summary>Where CPU samples come from when nothing is set: a whole program, as it is, under real users and real filters.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class CpuSourceTests
{
    private const int Nobody = 65534;
    private const string Refusal = "The kernel cannot be used for CPU samples.";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Who_starts_it_gets_kernel_samples_without_any_setting()
    {
        await using var sample = await StartAsync();
        await AssertKernelUnlessParanoidAsync(sample);
    }

    [Fact]
    public async Task A_user_without_privileges_gets_kernel_samples_without_any_setting()
    {
        using var copy = new UnprivilegedCopy(SampleProcess.Folder, Nobody);
        await using var sample = await StartAsync(copy.Prefix, copy.Folder);
        string[] process = await File.ReadAllLinesAsync($"/proc/{sample.Id}/status");
        Assert.Contains("CapEff:\t0000000000000000", process);
        Assert.DoesNotContain(process, line => line.StartsWith("Uid:\t0\t", StringComparison.Ordinal));
        string status = await AssertKernelUnlessParanoidAsync(sample);
        Assert.True(Paranoid != 2 || status.Contains(" events of this process's threads, kernel time from the thread clocks", StringComparison.Ordinal), status);
    }

    [Theory]
    [InlineData("eperm", "A seccomp filter refuses perf_event_open (EPERM).")]
    [InlineData("enosys", "This kernel or sandbox has no perf_event_open (ENOSYS)")]
    [InlineData("kill", "A seccomp filter kills processes that call perf_event_open, so it was not called.")]
    public async Task Under_a_filter_the_process_lives_says_why_once_and_samples_by_ticks(string filter, string reason)
    {
        await using var sample = await StartAsync(["dotnet", SeccompHost, "--filter", filter, "--exec"]);
        Assert.Contains("Seccomp:\t2", await File.ReadAllLinesAsync($"/proc/{sample.Id}/status"));
        await AssertTicksAsync(sample, reason);
    }

    private static int Paranoid => int.Parse(File.ReadAllText("/proc/sys/kernel/perf_event_paranoid"), CultureInfo.InvariantCulture);

    private static string SeccompHost => Path.Combine(
        Repository.Root, "tests/Programs/SeccompHost/bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0/SeccompHost.dll");

    /// <summary>What the environment of the tests may say of the profiler, and of systemd, is not what is tested.</summary>
    private static Task<SampleProcess> StartAsync(string[]? prefix = null, string? folder = null)
    {
        var environment = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(name => name.StartsWith("SELFPROFILER_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("ContinuousProfiling__", StringComparison.OrdinalIgnoreCase) || name == "INVOCATION_ID")
            .ToDictionary(name => name, _ => (string?)null);
        environment["HOME"] = "/tmp";
        return SampleProcess.StartAsync(environment, prefix, folder);
    }

    /// <summary>Levels above 2 mean something to the kernels of distributions only: where such a one refuses, it has to say so.</summary>
    private static async Task<string> AssertKernelUnlessParanoidAsync(SampleProcess sample)
    {
        string status = await StatusAsync(sample, " kernel, ", " ticks. ");
        if (Paranoid > 2 && !status.Contains(" kernel, ", StringComparison.Ordinal))
        {
            await AssertTicksAsync(sample, $"kernel.perf_event_paranoid is {Paranoid}");
            return status;
        }

        Assert.Contains("\ncpu: Kernel\n", status, StringComparison.Ordinal);
        var profile = await BusyAsync(sample);

        // Only the kernel sees how a thread begins, in libc.
        Assert.Contains(profile.Rows, row => IsBusy(row) && row.Frames[^1] == "libc");
        Assert.DoesNotContain(profile.Comments, comment => comment.Contains("ticks", StringComparison.Ordinal));
        Assert.DoesNotContain(Refusal, sample.Output, StringComparison.Ordinal);
        return status;
    }

    private static async Task AssertTicksAsync(SampleProcess sample, string reason)
    {
        string status = await StatusAsync(sample, $" ticks. {reason}");
        Assert.Contains($"\ncpu: EventPipe: {reason}", status, StringComparison.Ordinal);
        var profile = await BusyAsync(sample);
        Assert.Contains(profile.Comments, comment => comment.Contains($"CPU comes from the runtime's ticks. {reason}", StringComparison.Ordinal));

        // Sources that start anew, and more samples for a while, are no news.
        await PostAsync(sample, "boost?seconds=1");
        await PostAsync(sample, "off");
        await StatusAsync(sample, "\ncpu: Off");
        await PostAsync(sample, "on");
        await StatusAsync(sample, $" ticks. {reason}");
        await BusyAsync(sample);
        Assert.False(sample.HasExited, sample.Output);
        await Eventually.Until(() => sample.Output.Contains(Refusal, StringComparison.Ordinal), Deadline);
        Assert.Single(sample.Output.Split('\n'), line => line.Contains(Refusal, StringComparison.Ordinal));
        Assert.Contains($"{Refusal} {reason}", sample.Output, StringComparison.Ordinal);
    }

    /// <summary>The status once it says one of these: sources are started in the background.</summary>
    private static async Task<string> StatusAsync(SampleProcess sample, params string[] texts)
    {
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            string status = await sample.Client.GetStringAsync("status");
            if (Array.Exists(texts, text => status.Contains(text, StringComparison.Ordinal)))
            {
                return status;
            }

            Assert.True(Stopwatch.GetElapsedTime(start) < Deadline, $"Not within {Deadline}: {string.Join(" or ", texts)}\n{status}\n{sample.Output}");
            await Task.Delay(20);
        }
    }

    /// <summary>A profile in which the work of a busy route was found; of twice the length each time when it was not, as on a machine that has no time for it.</summary>
    private static async Task<CheckedPprof> BusyAsync(SampleProcess sample)
    {
        for (int seconds = 2; ; seconds *= 2)
        {
            var capture = sample.Client.GetByteArrayAsync(FormattableString.Invariant($"profile?seconds={seconds}"));
            while (!capture.IsCompleted)
            {
                await sample.Client.GetStringAsync("/cpu?ms=50");
            }

            var profile = PprofChecker.Check(await capture);
            if (profile.Rows.Where(IsBusy).Sum(row => row.Values[0]) >= 5 || seconds > 10)
            {
                Assert.Contains(profile.Rows, IsBusy);
                return profile;
            }
        }
    }

    private static bool IsBusy(PprofRow row) => row.Frames.Contains("WebApi.Work.Burn(double)");

    private static async Task PostAsync(SampleProcess sample, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("X-SelfProfiler", "1");
        using var answer = await sample.Client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
    }
}

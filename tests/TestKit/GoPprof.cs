using System.Diagnostics;

namespace SelfProfiler.TestKit;

/// <summary>Runs <c>go tool pprof</c>, the outside judge of our files.</summary>
public static class GoPprof
{
    public static bool Exists { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "go")));

    /// <returns>What it prints; throws when it fails.</returns>
    public static async Task<string> RunAsync(byte[] file, params string[] arguments)
    {
        var path = Path.Combine(Path.GetTempPath(), $"selfprofiler-{Guid.NewGuid():n}.pb.gz");
        await File.WriteAllBytesAsync(path, file);
        try
        {
            var start = new ProcessStartInfo("go", ["tool", "pprof", .. arguments, path])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            await process.WaitForExitAsync(deadline.Token);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException($"go tool pprof {string.Join(' ', arguments)} failed: {await error}");
        }
        finally
        {
            File.Delete(path);
        }
    }
}

using System.Diagnostics;
using System.IO.Compression;
using Microsoft.Diagnostics.NETCore.Client;

namespace SelfProfiler.Recorder;

/// <summary>Starts the workload as a process of its own, attaches to it from outside, and writes what the runtime sends.</summary>
internal static class Recording
{
    public static async Task RunAsync(Scenario scenario, string folder)
    {
        using var process = Start(scenario.Workload);
        await ExpectAsync(process, Workload.Ready);

        var client = new DiagnosticsClient(process.Id);
        var configuration = new EventPipeSessionConfiguration(scenario.Providers, scenario.BufferMegabytes, scenario.RundownKeywords, true);
        using var session = client.StartEventPipeSession(configuration);
        var path = Path.Combine(folder, scenario.Name + (scenario.Compress ? ".nettrace.gz" : ".nettrace"));
        var copy = CopyAsync(session.EventStream, path, scenario.Compress);

        await process.StandardInput.WriteLineAsync("go");
        await ExpectAsync(process, Workload.Done);
        session.Stop();
        var bytes = await copy;
        await process.StandardInput.WriteLineAsync("exit");
        await process.WaitForExitAsync();
        Console.WriteLine($"{scenario.Name}: {bytes} bytes, {new FileInfo(path).Length} on disk");
    }

    private static Process Start(string workload)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { "work", workload },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task ExpectAsync(Process process, string line)
    {
        var actual = await process.StandardOutput.ReadLineAsync();
        if (actual != line)
        {
            throw new InvalidOperationException($"The workload said '{actual}' instead of '{line}'.");
        }
    }

    private static async Task<long> CopyAsync(Stream from, string path, bool compress)
    {
        await using var file = File.Create(path);
        await using var to = compress ? new GZipStream(file, CompressionLevel.SmallestSize) : (Stream)file;
        var buffer = new byte[64 * 1024];
        long bytes = 0;
        for (int read; (read = await from.ReadAsync(buffer)) > 0; bytes += read)
        {
            await to.WriteAsync(buffer.AsMemory(0, read));
        }

        return bytes;
    }
}

using System.Text.RegularExpressions;
using SelfProfiler.TestKit;

namespace SelfProfiler.EndToEnd.Tests;

/// <summary>The sample application in a process of its own, as a newcomer starts it: on a free port, with its own light load.</summary>
internal sealed partial class SampleProcess : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private readonly ChildProcess _process;

    private SampleProcess(ChildProcess process, Uri address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = new Uri(address, "/debug/pprof/"), Timeout = Deadline };
    }

    /// <summary>Its address is the profiler's.</summary>
    public HttpClient Client { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => _process.Output;

    /// <summary>Where it was built.</summary>
    public static string Folder { get; } = Path.Combine(
        Repository.Root, "samples/WebApi/bin", AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug", "net10.0");

    /// <param name="environment">Beside the one that lets this machine in.</param>
    /// <param name="prefix">What the command begins with.</param>
    /// <param name="folder">Where it lies, if not in <see cref="Folder"/>.</param>
    public static async Task<SampleProcess> StartAsync(Dictionary<string, string?> environment, string[]? prefix = null, string? folder = null)
    {
        environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        string[] command = [.. prefix ?? [], "dotnet", Path.Combine(folder ?? Folder, "WebApi.dll"), "--urls", "http://127.0.0.1:0"];
        var process = ChildProcess.Start(command[0], command[1..], environment, folder ?? Folder);
        try
        {
            string line = await process.WaitForLineAsync("Now listening on: ", Deadline);
            return new SampleProcess(process, new Uri(Address().Match(line).Value));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return _process.DisposeAsync();
    }

    [GeneratedRegex("http://127\\.0\\.0\\.1:[0-9]+")]
    private static partial Regex Address();
}

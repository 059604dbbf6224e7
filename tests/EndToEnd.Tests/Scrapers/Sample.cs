using System.Text.RegularExpressions;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Scrapers;

/// <summary>The sample application as a newcomer starts it, with its own light load, once every kind has something to show.</summary>
public sealed partial class Sample : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private ChildProcess? _process;

    internal HttpClient Client { get; } = new() { Timeout = Deadline };

    public async ValueTask InitializeAsync()
    {
        string configuration = AppContext.BaseDirectory.Contains("/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        _process = ChildProcess.Start(
            "dotnet",
            [Path.Combine(Repository.Root, "samples/WebApi/bin", configuration, "net10.0/WebApi.dll"), "--urls", "http://127.0.0.1:0"],
            new Dictionary<string, string?> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["SELFPROFILER_GOVERNOR"] = "false" });
        string line = await _process.WaitForLineAsync("Now listening on: ", Deadline);
        Client.BaseAddress = new Uri(Address().Match(line).Value + "/debug/pprof/");
        foreach (string kind in (string[])["allocs", "mutex", "block", "exceptions"])
        {
            await Eventually.Until(() => Work() && PprofChecker.Check(Client.GetByteArrayAsync(kind).GetAwaiter().GetResult()).Rows.Length > 0, Deadline, kind);
        }
    }

    /// <summary>A little of everything; its own light load seldom meets at the lock.</summary>
    internal bool Work()
    {
        string[] paths = ["/lock?ms=4", "/lock?ms=4", "/lock?ms=4", "/block?ms=5", "/throw", "/alloc?kb=1024", "/orders/7"];
        return Task.WhenAll(paths.Select(path => Client.GetStringAsync(path))).Wait(Deadline);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await (_process?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [GeneratedRegex("http://127\\.0\\.0\\.1:[0-9]+")]
    private static partial Regex Address();
}

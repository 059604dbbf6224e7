using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Scrapers;

/// <summary>The sample application once every kind has something to show.</summary>
public sealed class Sample : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private SampleProcess? _process;

    internal HttpClient Client => _process!.Client;

    public async ValueTask InitializeAsync()
    {
        _process = await SampleProcess.StartAsync(new() { ["SELFPROFILER_GOVERNOR"] = "false" });
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

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
}

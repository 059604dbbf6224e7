using SelfProfiler.Serve;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

/// <summary>Go's own client, against the port.</summary>
public sealed class GoClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("selfprofiler-pprof-").FullName;

    public GoClientTests() =>
        Assert.SkipWhen(!GoPprof.Exists && Environment.GetEnvironmentVariable("CI") != "true", "go is not installed");

    [Theory]
    [InlineData("profile?seconds=1", "Type: cpu")]
    [InlineData("profile?seconds=1&route=%2Forders%2F%7Bid%7D", "Type: cpu")]
    [InlineData("wall?seconds=1", "Type: wall")]
    [InlineData("allocs", "Type: alloc_space")]
    [InlineData("heap", "Type: alloc_space")]
    [InlineData("mutex", "Type: delay")]
    [InlineData("block?seconds=1", "Type: delay")]
    [InlineData("exceptions", "Type: exceptions")]
    [InlineData("threads", "Type: threads")]
    [InlineData("goroutine", "Type: threads")]
    public async Task It_fetches_every_kind(string target, string type)
    {
        using var port = new TestPort();
        var (code, output) = await FetchAsync($"http://127.0.0.1:{port.Port.BoundPort}/debug/pprof/{target}");
        Assert.True(code == 0, output);
        Assert.Contains(type, output, StringComparison.Ordinal);
        Assert.Contains("Shop.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mutex?debug=1", "Type: delay")]
    [InlineData("goroutine?debug=1", "Type: goroutine")]
    public async Task It_reads_the_texts_too(string target, string type)
    {
        using var port = new TestPort();
        var (code, output) = await FetchAsync($"http://127.0.0.1:{port.Port.BoundPort}/debug/pprof/{target}");
        Assert.True(code == 0, output);
        Assert.Contains(type, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bare_address_is_a_cpu_profile()
    {
        using var port = new TestPort();
        var (code, output) = await FetchAsync($"http://localhost:{port.Port.BoundPort}");
        Assert.True(code == 0, output);
        Assert.Contains("Type: cpu", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_prints_our_sentences()
    {
        using var port = new TestPort();
        var (code, output) = await FetchAsync($"http://127.0.0.1:{port.Port.BoundPort}/debug/pprof/threadcreate");
        Assert.NotEqual(0, code);
        Assert.Contains("shows what all threads do now", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_carries_the_token_as_a_password()
    {
        using var port = new TestPort(options: new ServeOptions { Token = "secret" });
        var (code, output) = await FetchAsync($"http://any:secret@127.0.0.1:{port.Port.BoundPort}/debug/pprof/allocs");
        Assert.True(code == 0, output);
        (code, output) = await FetchAsync($"http://127.0.0.1:{port.Port.BoundPort}/debug/pprof/allocs");
        Assert.NotEqual(0, code);
        Assert.Contains("This port wants the token", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<(int ExitCode, string Output)> FetchAsync(string url) => ChildProcess.RunAsync(
        "go",
        ["tool", "pprof", "-top", url],
        environment: new Dictionary<string, string?> { ["PPROF_TMPDIR"] = _folder });
}

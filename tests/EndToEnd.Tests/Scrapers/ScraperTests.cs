using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Scrapers;

/// <summary>What Go's client, Alloy and Parca ask of a target, asked of the running sample.</summary>
public sealed class ScraperTests(Sample sample) : IClassFixture<Sample>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("profile?seconds=3", "Type: cpu", "WebApi.")]
    [InlineData("wall?seconds=3", "Type: wall", "WebApi.")]
    [InlineData("allocs", "Type: alloc_space", "WebApi.")]
    [InlineData("allocs?seconds=3", "Type: alloc_space", "WebApi.")]
    [InlineData("heap", "Type: alloc_space", "WebApi.")]
    [InlineData("mutex", "Type: delay", "WebApi.Work.Fight")]
    [InlineData("block", "Type: delay", "WebApi.Work.Block")]
    [InlineData("exceptions", "Type: exceptions", "WebApi.Work.Throw")]
    [InlineData("threads", "Type: threads", "Program.")]
    [InlineData("goroutine", "Type: threads", "Program.")]
    public async Task Gos_client_fetches_it_and_shows_the_samples_methods(string target, string type, string method)
    {
        Assert.SkipWhen(!GoPprof.Exists && Environment.GetEnvironmentVariable("CI") != "true", "go is not installed");
        string folder = Directory.CreateTempSubdirectory("selfprofiler-go-").FullName;
        using var done = new CancellationTokenSource();
        var load = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                _ = sample.Work(); // also while a capture runs
            }
        });
        string output = "";
        try
        {
            await Eventually.Until(
                () =>
                {
                    (int code, output) = ChildProcess.RunAsync(
                        "go",
                        ["tool", "pprof", "-top", "-nodecount=100000", "-nodefraction=0", $"{sample.Client.BaseAddress}{target}"],
                        environment: new Dictionary<string, string?> { ["PPROF_TMPDIR"] = folder }).GetAwaiter().GetResult();
                    Assert.True(code == 0, output);
                    return output.Contains(method, StringComparison.Ordinal);
                },
                Deadline,
                target);
            Assert.Contains(type, output, StringComparison.Ordinal);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{target} never showed {method}:\n{output}");
        }
        finally
        {
            await done.CancelAsync();
            await load;
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Alloy computes the difference of two scrapes by addresses and labels alone, over columns it knows by type and unit.</summary>
    [Theory]
    [InlineData("allocs", "alloc_objects/count alloc_space/bytes")]
    [InlineData("block", "contentions/count delay/nanoseconds")]
    [InlineData("mutex", "contentions/count delay/nanoseconds")]
    public async Task Alloy_can_compute_the_difference_of_two_scrapes(string path, string columns)
    {
        var first = await ScrapeAsync(path);
        Assert.Equal(columns, string.Join(' ', first.SampleTypes));
        var before = Stacks(first);
        var names = Names(first);
        CheckedPprof? second = null;
        await Eventually.Until(
            () =>
            {
                _ = sample.Work();
                second = ScrapeAsync(path).GetAwaiter().GetResult();
                var now = Stacks(second);
                Assert.All(before, stack => Assert.True(now.ContainsKey(stack.Key), $"a stack of {path} disappeared: {stack.Key}"));
                Assert.All(before, stack => Assert.All(stack.Value.Zip(now[stack.Key]), pair => Assert.True(pair.Second >= pair.First, "a value fell")));
                return now.Values.Sum(values => values[0]) > before.Values.Sum(values => values[0]);
            },
            Deadline);
        Assert.Equal(columns, string.Join(' ', second!.SampleTypes));
        Assert.All(Names(second), place => Assert.Equal(names.GetValueOrDefault(place.Key, place.Value), place.Value));
        Assert.All(second.Rows, row => Assert.DoesNotContain("trace_id", row.Labels.Keys));
    }

    /// <summary>What Alloy and Parca scrape without further settings; Parca sends the bytes on as they are.</summary>
    [Theory]
    [InlineData("allocs")]
    [InlineData("block")]
    [InlineData("mutex")]
    [InlineData("goroutine")]
    [InlineData("profile?seconds=2")]
    [InlineData("wall?seconds=2")]
    public async Task Parca_can_send_it_on_as_it_is(string path)
    {
        var profile = await ScrapeAsync(path);
        Assert.NotEmpty(profile.Rows);
        Assert.All(profile.SampleTypes, type => Assert.Matches("^[A-Za-z0-9_]+/[A-Za-z0-9_]+$", type));
        Assert.All(profile.Message.Mapping, mapping => Assert.True(mapping.HasFunctions && mapping.HasFilenames && mapping.HasLineNumbers && mapping.HasInlineFrames));
        Assert.DoesNotContain(profile.Comments, comment => comment.StartsWith("executableInfo=", StringComparison.Ordinal));
        Assert.Equal(path.Contains("seconds", StringComparison.Ordinal), profile.Message.DurationNanos is > 1_000_000_000 and < 10_000_000_000);
    }

    private async Task<CheckedPprof> ScrapeAsync(string path)
    {
        using var answer = await sample.Client.GetAsync(path);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        return PprofChecker.Check(await answer.Content.ReadAsByteArrayAsync()); // ids are 1..N, addresses unique and not 0
    }

    /// <summary>The values of each stack, by what Alloy tells stacks apart by.</summary>
    private static Dictionary<string, long[]> Stacks(CheckedPprof profile) => profile.Message.Sample
        .GroupBy(row => string.Join(' ', row.LocationId.Select(id => profile.Message.Location[(int)id - 1].Address))
            + string.Concat(row.Label.Select(label => $" {profile.Message.StringTable[(int)label.Key]}={profile.Message.StringTable[(int)label.Str]}").Order()))
        .ToDictionary(group => group.Key, group => new[] { group.Sum(row => row.Value[0]), group.Sum(row => row.Value[1]) });

    private static Dictionary<ulong, string> Names(CheckedPprof profile) => profile.Message.Location.ToDictionary(
        location => location.Address,
        location => $"{profile.Message.StringTable[(int)profile.Message.Function[(int)location.Line[0].FunctionId - 1].Name]}:{location.Line[0].Line}");
}

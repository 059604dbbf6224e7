using SelfProfiler.Exporter.Tests.Receivers;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests;

/// <summary>One program that profiles itself and pushes every kind to every destination: what a strict receiver of each takes of it.</summary>
public class RealRunTests
{
    // What is exported under which name, and a method that must be in it.
    private static readonly Dictionary<string, string> _kinds = new()
    {
        ["process_cpu"] = "EveryKind.Burn(",
        ["wall"] = "EveryKind.Rest(",
        ["memory"] = "EveryKind.Allocate(",
        ["mutex"] = "EveryKind.Fight(",
        ["block"] = "EveryKind.Rest(",
        ["exceptions"] = "EveryKind.Fail(",
    };

    [Fact]
    public async Task Every_kind_of_one_run_passes_every_server_with_its_trace()
    {
        using var directory = new TemporaryDirectory();
        await using var pyroscope = new PyroscopeReceiver();
        await using var otlp = new OtlpReceiver();
        await using var parca = new ParcaReceiver();
        await using var profefe = new ProfefeReceiver();
        await using var child = ChildProcess.Start("dotnet", [
            Path.Combine(AppContext.BaseDirectory, "Exporting.dll"), "every",
            $"{pyroscope.Address}", $"{otlp.Address}", $"{parca.Address}", $"{profefe.Address}", directory.Path]);
        var words = (await child.WaitForLineAsync("trace ", TimeSpan.FromMinutes(1))).Split(' ');

        var files = new Dictionary<string, CheckedPprof>();
        var seen = 0;
        string[] missing = [];
        await Eventually.Until(
            () =>
            {
                // Looking costs more than waiting: only when something came.
                var requests = pyroscope.Requests + otlp.Requests + parca.Requests + profefe.Requests;
                if (requests != seen)
                {
                    seen = requests;
                    missing = Missing(All(), words[1], words[2]);
                }

                return child.HasExited || (seen > 0 && missing.Length == 0);
            },
            TimeSpan.FromSeconds(60)).ContinueWith(_ => { }, TaskScheduler.Default);
        child.Input.Close();
        await child.WaitForExitAsync(TimeSpan.FromSeconds(30));

        Assert.True(missing.Length == 0 && child.ExitCode == 0, $"Missing: {string.Join(", ", missing)}\n{child.Output}");
        Assert.Empty((string[])[.. pyroscope.Refused, .. otlp.Refused, .. parca.Refused, .. profefe.Refused]);
        AssertTheSameEverywhere(All());
        Assert.All(pyroscope.Taken, one => Assert.Equal("every-kind", one.Labels["service_name"]));
        Assert.Contains(pyroscope.Taken, one => one.Labels.GetValueOrDefault("tenant") == "blue");
        Assert.SkipWhen(!GoPprof.Exists && Environment.GetEnvironmentVariable("CI") != "true", "go is not installed.");
        foreach (var (name, method) in _kinds)
        {
            var push = pyroscope.Taken.First(one => one.Labels["__name__"] == name && Rows("", name, one.Profile).Any(row => Is(row, method, words[1], words[2])));
            Assert.Contains(method, await GoPprof.RunAsync(push.File, "-top", "-cum", $"-tagfocus=trace_id={words[1]}"));
        }

        Arrived[] All() =>
        [
            .. pyroscope.Taken.SelectMany(one => Rows("pyroscope", one.Labels["__name__"], one.Profile)),
            .. parca.Taken.SelectMany(one => Rows("parca", one.Labels["__name__"], one.Profile)),
            .. profefe.Taken.SelectMany(one => Rows("profefe", one.Labels["kind"], one.Profile)),
            .. directory.Files("*.pb.gz").SelectMany(file => Rows("files", NameOf(file), Read(file))),
            .. otlp.Taken.SelectMany(one => one.Rows.Select(row => new Arrived(
                "otlp", one.Scope, one.Time, one.SampleType, row.Frames, row.Value, row.TraceId, row.SpanId))),
        ];

        CheckedPprof Read(string file) =>
            files.TryGetValue(file, out var known) ? known : files[file] = PprofChecker.Check(File.ReadAllBytes(file));
    }

    // A destination and a kind of which nothing arrived that is the activity's.
    private static string[] Missing(Arrived[] arrived, string trace, string span) =>
        [.. from server in new[] { "pyroscope", "otlp", "parca", "profefe", "files" }
            from kind in _kinds
            where !arrived.Any(row => row.Server == server && row.Name == kind.Key && Is(row, kind.Value, trace, span))
            select $"{server} {kind.Key}"];

    private static bool Is(Arrived row, string method, string trace, string span) =>
        row.Trace == trace && row.Span == span && row.Frames.Any(frame => frame.Contains(method, StringComparison.Ordinal));

    // The same intervals were given to all of them; the last ones may have met the end of the process.
    private static void AssertTheSameEverywhere(Arrived[] arrived)
    {
        var sums = arrived
            .GroupBy(row => (row.Name, row.Type, row.Time))
            .ToDictionary(group => group.Key, group => group.GroupBy(row => row.Server).ToDictionary(one => one.Key, one => one.Sum(row => row.Value)));
        var last = arrived.Max(row => row.Time);
        var complete = sums.Where(sum => sum.Value.Count == 5 && sum.Key.Time < last).ToArray();
        Assert.True(complete.Length >= _kinds.Count, $"{complete.Length} of {sums.Count}");
        Assert.All(complete, sum => Assert.Single(sum.Value.Values.Distinct()));
    }

    private static IEnumerable<Arrived> Rows(string server, string name, CheckedPprof profile) =>
        from row in profile.Rows
        from value in row.Values.Zip(profile.SampleTypes)
        where value.First > 0
        select new Arrived(
            server, name, profile.Message.TimeNanos, value.Second, row.Frames, value.First,
            row.Labels.GetValueOrDefault("trace_id", ""), row.Labels.GetValueOrDefault("span_id", ""));

    private static string NameOf(string file) => file.Split('-')[^1].Split('.')[0] switch
    {
        "cpu" => "process_cpu",
        "allocations" => "memory",
        "contention" => "mutex",
        "waits" => "block",
        var name => name,
    };

    private sealed record Arrived(string Server, string Name, long Time, string Type, string[] Frames, long Value, string Trace, string Span);
}

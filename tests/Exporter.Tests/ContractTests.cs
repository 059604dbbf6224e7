using SelfProfiler.Exporter.Series;
using SelfProfiler.Exporter.Tests.Receivers;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests;

/// <summary>Every kind of profile passes what each server checks, and says there what it said here.</summary>
public class ContractTests
{
    public static TheoryData<ProfileKind> Kinds => [.. Enum.GetValues<ProfileKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public async Task Pyroscope_takes_every_kind(ProfileKind kind)
    {
        await using var receiver = new PyroscopeReceiver();
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address, Labels = { ["team"] = "a.b" } });
        var export = Samples.Shop(kind);

        var result = await exporter.ExportAsync(export, CancellationToken.None);

        Assert.Equal(ExportOutcome.Delivered, result.Outcome);
        Assert.Empty(receiver.Refused);
        AssertWhole(export, receiver.Taken);
        Assert.Equal(["", "/basket", "/orders/{id}"], receiver.Taken.Select(one => one.Labels.GetValueOrDefault("route", "")).Order(StringComparer.Ordinal));
        var labels = receiver.Taken[0].Labels;
        Assert.Equal(SeriesLabels.NameOf(kind), labels["__name__"]);
        Assert.Equal(("shop", "1.2.3", "test", "host-1", "8f14e45f-instance", "abc123", "a.b"), (labels["service_name"], labels["service_version"], labels["deployment_environment"], labels["host_name"], labels["service_instance_id"], labels["service_git_ref"], labels["team"]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Parca_takes_every_kind(ProfileKind kind)
    {
        await using var receiver = new ParcaReceiver { Authorization = "Bearer t0ken" };
        using var exporter = new ParcaExporter(new ParcaExporterOptions { Endpoint = receiver.Address, BearerToken = "t0ken" });
        var export = Samples.Shop(kind);

        var result = await exporter.ExportAsync(export, CancellationToken.None);

        Assert.Equal((ExportOutcome.Delivered, 0), (result.Outcome, receiver.Refused.Length));
        AssertWhole(export, receiver.Taken);
        Assert.Contains(receiver.Taken, one => one.Labels.GetValueOrDefault("route") == "/orders/{id}");
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Profefe_takes_every_kind(ProfileKind kind)
    {
        await using var receiver = new ProfefeReceiver();
        using var exporter = new ProfefeExporter(new ProfefeExporterOptions { Endpoint = receiver.Address, Labels = { ["odd"] = "a,b=c&d" } });
        var export = Samples.Shop(kind);

        var result = await exporter.ExportAsync(export, CancellationToken.None);

        Assert.Equal((ExportOutcome.Delivered, 0), (result.Outcome, receiver.Refused.Length));
        AssertWhole(export, receiver.Taken);
        Assert.Equal(("shop", "a,b=c&d", "1.2.3"), (receiver.Taken[0].Labels["service"], receiver.Taken[0].Labels["odd"], receiver.Taken[0].Labels["version"]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task Otlp_receivers_take_every_kind(ProfileKind kind)
    {
        await using var receiver = new OtlpReceiver();
        using var exporter = new OtlpProfileExporter(new OtlpProfileExporterOptions { Endpoint = receiver.Address });
        var export = Samples.Shop(kind);

        var result = await exporter.ExportAsync(export, CancellationToken.None);

        Assert.Equal((ExportOutcome.Delivered, 0), (result.Outcome, receiver.Refused.Length));
        Assert.Equal(export.Profile.SampleTypes.Select(type => $"{type.Type}/{type.Unit}"), receiver.Taken.Select(profile => profile.SampleType));
        for (var i = 0; i < receiver.Taken.Length; i++)
        {
            var profile = receiver.Taken[i];
            Assert.Equal(export.Profile.Sum(i), profile.Rows.Sum(row => row.Value));
            Assert.Equal((SeriesLabels.NameOf(kind), "shop"), (profile.Scope, profile.Resource["service.name"]));
            var traced = profile.Rows.Where(row => row.TraceId == Samples.TraceId && row.SpanId == Samples.SpanId).ToArray();
            Assert.Equal(2, traced.Length);
            Assert.All(traced, row => Assert.Equal("/orders/{id}", row.Attributes["route"]));
            Assert.Contains(traced, row => row.Frames is ["Shop.OrderService.GetAsync(int)", "Shop.Program.Main(string[])"]);
        }
    }

    [Fact]
    public async Task A_large_profile_arrives_in_parts_that_each_server_takes()
    {
        await using var pyroscope = new PyroscopeReceiver();
        await using var otlp = new OtlpReceiver();
        using var first = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = pyroscope.Address });
        using var second = new OtlpProfileExporter(new OtlpProfileExporterOptions { Endpoint = otlp.Address });
        var export = Samples.Large(20_000, 20_000, depth: 8, traces: 1);

        Assert.Equal(ExportOutcome.Delivered, (await first.ExportAsync(export, CancellationToken.None)).Outcome);
        Assert.Equal(ExportOutcome.Delivered, (await second.ExportAsync(export, CancellationToken.None)).Outcome);

        AssertWhole(export, pyroscope.Taken, traced: false);
        Assert.Equal(2, pyroscope.Taken.Length);
        // Two profiles of one series and one millisecond would be taken for the same.
        Assert.Equal(2, pyroscope.Taken.Select(one => one.Profile.Message.TimeNanos / 1_000_000).Distinct().Count());
        Assert.Equal(export.Profile.Sum(1), otlp.Taken.Where(one => one.SampleType == "cpu/nanoseconds").Sum(one => one.Rows.Sum(row => row.Value)));
        Assert.True(otlp.Taken.Length > 2);
    }

    [Fact]
    public async Task A_request_that_would_be_too_large_is_halved_until_it_is_not()
    {
        var profile = new SyntheticProfile(ProfileKind.Cpu) { Start = DateTimeOffset.UtcNow };
        for (var i = 0; i < 3_000; i++)
        {
            profile.Add(1, i + 1, [$"tenant=t{i % 3}"], "Main", $"{new string('x', 3_000)}{i}");
        }

        await using var otlp = new OtlpReceiver();
        await using var pyroscope = new PyroscopeReceiver();
        using var first = new OtlpProfileExporter(new OtlpProfileExporterOptions { Endpoint = otlp.Address });
        using var second = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = pyroscope.Address });
        var export = new ProfileExport(profile.Build(), Samples.Source, 0);

        Assert.Equal((ExportOutcome.Delivered, ExportOutcome.Delivered), ((await first.ExportAsync(export, default)).Outcome, (await second.ExportAsync(export, default)).Outcome));

        Assert.InRange(otlp.Requests, 3, 8);
        Assert.Equal(export.Profile.Sum(1), otlp.Taken.Where(one => one.SampleType == "cpu/nanoseconds").Sum(one => one.Rows.Sum(row => row.Value)));
        AssertWhole(export, pyroscope.Taken, traced: false);
        Assert.InRange(pyroscope.Requests, 6, 12);
    }

    [Fact]
    public async Task Go_tool_pprof_reads_what_was_pushed()
    {
        Assert.SkipWhen(!GoPprof.Exists && Environment.GetEnvironmentVariable("CI") != "true", "go is not installed.");
        await using var receiver = new PyroscopeReceiver();
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address });
        await exporter.ExportAsync(Samples.Shop(), CancellationToken.None);

        var file = receiver.Taken.Single(one => one.Labels.GetValueOrDefault("route") == "/orders/{id}").File;

        Assert.Contains("GetAsync(int)", await GoPprof.RunAsync(file, "-top", $"-tagfocus=trace_id={Samples.TraceId}"));
    }

    private static void AssertWhole(ProfileExport export, Received[] taken, bool traced = true)
    {
        for (var i = 0; i < export.Profile.SampleTypes.Count; i++)
        {
            Assert.Equal(export.Profile.Sum(i), taken.Sum(one => one.Profile.Rows.Sum(row => row.Values[i])));
        }

        var trace = taken.SelectMany(one => one.Profile.Rows).Where(row => row.Labels.GetValueOrDefault("trace_id") == Samples.TraceId).ToArray();
        Assert.Equal(traced ? 2 : 0, trace.Length);
        Assert.All(trace, row => Assert.Equal(Samples.SpanId, row.Labels["span_id"]));
    }
}

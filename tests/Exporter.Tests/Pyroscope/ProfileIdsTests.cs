using System.Diagnostics;
using OpenTelemetry.Trace;
using SelfProfiler.Exporter.Pyroscope;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Pyroscope;

public class ProfileIdsTests
{
    [Fact]
    public void Local_roots_carry_their_span_id_and_others_nothing()
    {
        using var source = new ActivitySource("profile-ids");
        using var application = Listen("profile-ids", ActivitySamplingResult.AllDataAndRecorded);
        using var ids = new ProfileIds();

        using var root = source.StartActivity("root")!;
        using var child = source.StartActivity("child")!;
        using var remote = source.StartActivity("remote", ActivityKind.Server, new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true))!;

        Assert.Equal(root.SpanId.ToHexString(), root.GetTagItem(ProfileIds.Tag));
        Assert.Equal(remote.SpanId.ToHexString(), remote.GetTagItem(ProfileIds.Tag));
        Assert.Null(child.GetTagItem(ProfileIds.Tag));
    }

    [Fact]
    public void What_others_sample_stays_as_it_is()
    {
        using var source = new ActivitySource("profile-ids-sampling");
        using var ids = new ProfileIds();
        Assert.Null(source.StartActivity("nobody listens"));

        using var application = Listen("profile-ids-sampling", ActivitySamplingResult.PropagationData);
        using var unsampled = source.StartActivity("not recorded")!;

        Assert.False(unsampled.IsAllDataRequested || unsampled.Recorded);
        Assert.Empty(unsampled.TagObjects);
    }

    [Fact]
    public void The_extension_lives_as_long_as_the_provider()
    {
        var builder = new Builder();

        builder.AddProfileIds();

        using var made = Assert.IsType<ProfileIds>(builder.Made);
    }

    private static ActivityListener Listen(string name, ActivitySamplingResult result)
    {
        var listener = new ActivityListener { ShouldListenTo = source => source.Name == name, Sample = (ref _) => result };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private sealed class Builder : TracerProviderBuilder
    {
        public object? Made { get; private set; }

        public override TracerProviderBuilder AddInstrumentation<TInstrumentation>(Func<TInstrumentation> instrumentationFactory)
        {
            Made = instrumentationFactory();
            return this;
        }

        public override TracerProviderBuilder AddSource(params string[] names) => this;

        public override TracerProviderBuilder AddLegacySource(string operationName) => this;
    }
}

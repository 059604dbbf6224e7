using SelfProfiler.Exporter.Series;
using SelfProfiler.TestKit;

namespace SelfProfiler.Exporter.Tests;

/// <summary>Exports as the engine makes them, of a small shop.</summary>
internal static class Samples
{
    public const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    public const string SpanId = "00f067aa0ba902b7";

    public static readonly ProfileSource Source = new("shop", "1.2.3", "test", "host-1", "8f14e45f-instance", "abc123");

    public static ProfileExport Shop(ProfileKind kind = ProfileKind.Cpu, DateTimeOffset? start = null) =>
        new(SyntheticProfile.Shop(kind, start ?? DateTimeOffset.UtcNow.AddSeconds(-20)).Build(), Source, 3);

    public static ProfileExport Large(int samples, int stacks, int depth = 20, int traces = 1_000, DateTimeOffset? start = null)
    {
        var profile = SyntheticProfile.Large(ProfileKind.Cpu, samples, stacks, depth, traces).Build();
        return new ProfileExport(new Profile(profile.Data.With(profile.Data.Samples, start: start ?? DateTimeOffset.UtcNow.AddSeconds(-20))), Source, 0);
    }
}

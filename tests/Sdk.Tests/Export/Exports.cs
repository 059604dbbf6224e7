using SelfProfiler.TestKit;

namespace SelfProfiler.Sdk.Tests.Export;

/// <summary>Small profiles that can be told apart by their first value.</summary>
internal static class Exports
{
    public static readonly ProfileSource Source = new("shop", "1.2.3", "test", "host-1", "instance-1", "abc123");

    public static ProfileExport Numbered(long number) =>
        new(new SyntheticProfile(ProfileKind.Cpu).Add(number + 1, 1, [], "Main").Build(), Source, 0);

    public static long NumberOf(ProfileExport export) => export.Profile.Sum(0) - 1;
}

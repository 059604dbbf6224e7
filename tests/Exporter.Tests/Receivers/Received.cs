using SelfProfiler.TestKit;

namespace SelfProfiler.Exporter.Tests.Receivers;

/// <summary>A profile that a receiver took: the labels of its series, and the file.</summary>
internal sealed record Received(IReadOnlyDictionary<string, string> Labels, CheckedPprof Profile, byte[] File, string Id);

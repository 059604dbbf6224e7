namespace SelfProfiler.Decode;

/// <summary>What the events of a kind are: provider, id and version by the number the stream gave the kind. Names of events are never used: rundown events have none (dotnet/runtime#96365).</summary>
internal sealed class MetadataTable
{
    // Pump only. The runtime counts from 1.
    private Kind[] _kinds = new Kind[64];

    public readonly record struct Kind(EventProvider Provider, int EventId, int Version, string? ProviderName)
    {
        public bool IsKnown => ProviderName is not null;
    }

    public void Clear() => Array.Clear(_kinds);

    public Kind Find(int id) => (uint)id < (uint)_kinds.Length ? _kinds[id] : default;

    /// <summary>Reads one description.</summary>
    /// <returns>False when it contradicts the format.</returns>
    public bool Add(ReadOnlySpan<byte> payload, DecodeCounters counters)
    {
        var cursor = new BlockCursor(payload);
        var id = cursor.I32();
        var provider = cursor.Text();
        var eventId = cursor.I32();
        cursor.Text(); // The event's name.
        cursor.U64(); // Keywords.
        var version = cursor.I32();
        if (cursor.Failed || id <= 0)
        {
            return false;
        }

        if (id >= DecodeLimits.MaxMetadata)
        {
            counters.AddDroppedMetadata();
            return true;
        }

        if (id >= _kinds.Length)
        {
            Array.Resize(ref _kinds, Math.Min(DecodeLimits.MaxMetadata, Math.Max(id + 1, _kinds.Length * 2)));
        }

        var (kind, name) = Provider(provider);
        _kinds[id] = new Kind(kind, eventId, version, name);
        return true;
    }

    private static (EventProvider Kind, string Name) Provider(ReadOnlySpan<char> name) => name switch
    {
        "Microsoft-Windows-DotNETRuntime" => (EventProvider.Runtime, "Microsoft-Windows-DotNETRuntime"),
        "Microsoft-Windows-DotNETRuntimeRundown" => (EventProvider.Rundown, "Microsoft-Windows-DotNETRuntimeRundown"),
        "Microsoft-DotNETCore-SampleProfiler" => (EventProvider.SampleProfiler, "Microsoft-DotNETCore-SampleProfiler"),
        _ => (EventProvider.Other, new string(name[..Math.Min(name.Length, DecodeLimits.MaxProviderNameChars)])),
    };
}

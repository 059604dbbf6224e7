namespace SelfProfiler.Decode;

/// <summary>Code of a method appeared at an address (JIT, precompiled, dynamic or rundown); valid during the call only.</summary>
internal readonly ref struct MethodLoad
{
    public ulong MethodId { get; init; }

    public ulong ModuleId { get; init; }

    public ulong Start { get; init; }

    /// <summary>0 for a precompiled method of which the runtime told the entry point only.</summary>
    public uint Size { get; init; }

    public uint Token { get; init; }

    /// <summary>Bits as in the event: 0x1 dynamic, 0x2 generic, 0x8 jitted; the tier in bits 7 to 9.</summary>
    public uint Flags { get; init; }

    public long Timestamp { get; init; }

    public ReadOnlySpan<char> Namespace { get; init; }

    public ReadOnlySpan<char> Name { get; init; }

    public ReadOnlySpan<char> Signature { get; init; }
}

/// <summary>Native offset to IL offset of one jitted body; valid during the call only.</summary>
internal readonly ref struct ILMap
{
    public ulong MethodId { get; init; }

    public ulong ReJitId { get; init; }

    /// <summary>Pairs of the same length; sorted as the runtime sent them (not necessarily by native offset).</summary>
    public ReadOnlySpan<int> ILOffsets { get; init; }

    public ReadOnlySpan<int> NativeOffsets { get; init; }
}

/// <summary>A module (one file of an assembly) was loaded or met in a rundown; valid during the call only.</summary>
internal readonly ref struct ModuleLoad
{
    public ulong ModuleId { get; init; }

    public ulong AssemblyId { get; init; }

    public uint Flags { get; init; }

    /// <summary>Path of the IL image; may be a bare name (single-file, dynamic).</summary>
    public ReadOnlySpan<char> ILPath { get; init; }

    public ReadOnlySpan<char> PdbPath { get; init; }

    /// <summary>Which PDB was written with the module; empty when it has none.</summary>
    public Guid PdbId { get; init; }
}

internal delegate void MethodLoadHandler(in MethodLoad load);

internal delegate void ILMapHandler(in ILMap map);

internal delegate void ModuleLoadHandler(in ModuleLoad load);

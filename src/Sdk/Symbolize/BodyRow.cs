namespace SelfProfiler.Symbolize;

/// <summary>What is kept of every method body, sampled or not: 48 bytes.</summary>
internal struct BodyRow
{
    public ulong Start;
    public ulong MethodId;
    public uint Size;
    public uint Token;
    public int Namespace;
    public int Name;
    public int Signature;
    public ushort Module;
    public ushort Flags;

    /// <summary>The <see cref="MethodBody"/> once an address in it was seen; before that its packed IL map, or null.</summary>
    public object? Known;

    public readonly ulong End => Start + Size;

    public readonly bool IsSame(in BodyRow other) =>
        Start == other.Start && Size == other.Size && MethodId == other.MethodId && Token == other.Token && Module == other.Module
        && Namespace == other.Namespace && Name == other.Name && Signature == other.Signature;

    public readonly bool Contains(ulong address) => address - Start < Size;
}

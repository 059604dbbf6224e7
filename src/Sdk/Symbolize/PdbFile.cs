using System.Reflection.Metadata;
using System.Runtime.InteropServices;

namespace SelfProfiler.Symbolize;

/// <summary>One portable PDB, read into memory. Not thread-safe; freed by <see cref="Dispose"/>.</summary>
/// <remarks>It is read, not mapped: a mapped file that somebody overwrites would end the process.</remarks>
internal sealed unsafe class PdbFile : IDisposable
{
    private readonly MetadataReaderProvider _provider;
    private readonly byte* _memory;

    private PdbFile(MetadataReaderProvider provider, byte* memory)
    {
        _provider = provider;
        _memory = memory;
        Reader = provider.GetMetadataReader();
    }

    public MetadataReader Reader { get; }

    public long Bytes => Reader.MetadataLength;

    /// <summary>The id that the module's debug directory repeats.</summary>
    public Guid Id => Reader.DebugMetadataHeader is { Id.Length: >= 16 } header ? new Guid(header.Id.AsSpan(0, 16)) : default;

    /// <exception cref="BadImageFormatException">Not a portable PDB.</exception>
    public static PdbFile Read(string path, long maxBytes)
    {
        using var file = File.OpenHandle(path);
        long length = RandomAccess.GetLength(file);
        if (length > maxBytes)
        {
            throw new BadImageFormatException($"{Path.GetFileName(path)} has {length} bytes, more than are read.");
        }

        byte* memory = (byte*)NativeMemory.Alloc((nuint)Math.Max(1, length));
        try
        {
            for (long at = 0; at < length;)
            {
                int count = RandomAccess.Read(file, new Span<byte>(memory + at, (int)(length - at)), at);
                at += count > 0 ? count : throw new BadImageFormatException($"{Path.GetFileName(path)} became shorter while it was read.");
            }

            return new PdbFile(MetadataReaderProvider.FromPortablePdbImage(memory, (int)length), memory);
        }
        catch
        {
            NativeMemory.Free(memory);
            throw;
        }
    }

    /// <summary>A PDB that was inside its module.</summary>
    public static PdbFile Of(MetadataReaderProvider embedded) => new(embedded, null);

    public void Dispose()
    {
        _provider.Dispose();
        NativeMemory.Free(_memory);
    }
}

using System.Text;

namespace SelfProfiler.Kernel;

/// <summary>Functions of one file by address: sorted arrays and one block of names, immutable.</summary>
internal sealed class SymbolTable
{
    /// <summary>More than any runtime or kernel has.</summary>
    public const int MaxSymbols = 400_000;

    /// <summary>Names longer than this are cut; some C++ templates fill pages.</summary>
    private const int MaxName = 512;

    private readonly ulong[] _starts;
    private readonly ulong[] _ends;
    private readonly int[] _names;
    private readonly byte[] _text;

    private SymbolTable(ulong[] starts, ulong[] ends, int[] names, byte[] text) => (_starts, _ends, _names, _text) = (starts, ends, names, text);

    public int Count => _starts.Length;

    public long Bytes => (_starts.Length * 20L) + _text.Length;

    /// <returns>The function that contains the address, or null.</returns>
    public string? Find(ulong address)
    {
        var found = Array.BinarySearch(_starts, address);
        var at = found >= 0 ? found : ~found - 1;
        if (at < 0 || address >= _ends[at])
        {
            return null;
        }

        var name = _text.AsSpan(_names[at]);
        return Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
    }

    /// <summary>Collects symbols in any order.</summary>
    internal sealed class Builder
    {
        private readonly List<(ulong Start, ulong Size, int Name)> _symbols = [];
        private readonly List<byte> _text = [];

        /// <param name="start">Where the function begins.</param>
        /// <param name="size">Its length; 0 when unknown: it then reaches to the next one.</param>
        /// <param name="name">Without its zero byte.</param>
        /// <returns>false when the table is full.</returns>
        public bool Add(ulong start, ulong size, ReadOnlySpan<byte> name)
        {
            if (_symbols.Count == MaxSymbols)
            {
                return false;
            }

            _symbols.Add((start, size, _text.Count));
            name = name[..Math.Min(name.Length, MaxName)];
            var zero = name.IndexOf((byte)0);
            _text.AddRange(zero >= 0 ? name[..zero] : name);
            _text.Add(0);
            return true;
        }

        public SymbolTable Build()
        {
            // Aliases share an address: the first one in the file stays.
            var sorted = _symbols.OrderBy(symbol => symbol.Start).DistinctBy(symbol => symbol.Start).ToArray();
            var ends = new ulong[sorted.Length];
            for (var i = 0; i < sorted.Length; i++)
            {
                var next = i + 1 < sorted.Length ? sorted[i + 1].Start : ulong.MaxValue;
                var (start, size, _) = sorted[i];
                ends[i] = size == 0 || size > ulong.MaxValue - start ? next : start + size;
            }

            return new SymbolTable([.. sorted.Select(symbol => symbol.Start)], ends, [.. sorted.Select(symbol => symbol.Name)], [.. _text]);
        }
    }
}

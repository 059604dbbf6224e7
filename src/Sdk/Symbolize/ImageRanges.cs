using System.Globalization;

namespace SelfProfiler.Symbolize;

/// <summary>Where images with precompiled code lie in memory: an immutable snapshot of the process's mappings.</summary>
internal sealed class ImageRanges
{
    public static readonly ImageRanges None = new([]);

    /// <summary>An image has a handful of mappings; in a bundle the one before belongs to another image.</summary>
    private const int MaxMappings = 12;

    private readonly ulong[] _starts;
    private readonly Range[] _ranges;

    private ImageRanges(Range[] ranges)
    {
        _ranges = ranges;
        _starts = Array.ConvertAll(ranges, r => r.Start);
    }

    public int Count => _ranges.Length;

    /// <summary>Reads the mappings of this process. Linux only; elsewhere there are none. Not on the pump.</summary>
    public static ImageRanges Read()
    {
        try
        {
            return Parse(File.ReadLines("/proc/self/maps"), Environment.ProcessPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return None; // no /proc: addresses in images are not told from others
        }
    }

    /// <param name="lines">As in /proc/self/maps, in order of address.</param>
    /// <param name="processPath">The program: in a single-file bundle it contains the images.</param>
    public static ImageRanges Parse(IEnumerable<string> lines, string? processPath)
    {
        var ranges = new List<Range>();
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            if (ParseLine(line, processPath) is { } range)
            {
                // The same path is the same string.
                string path = paths.TryGetValue(range.Path, out string? known) ? known : range.Path;
                paths.Add(path);
                ranges.Add(range with { Path = path });
            }
        }

        return new ImageRanges([.. ranges]);
    }

    public bool Contains(ulong address) => IndexOf(address) >= 0;

    /// <returns>The path of the image that contains the address, or null.</returns>
    public string? Find(ulong address) => IndexOf(address) is >= 0 and var at ? _ranges[at].Path : null;

    /// <summary>Where the headers of the image around an address may be, nearest first.</summary>
    public HeadEnumerator Heads(ulong address) => new(this, IndexOf(address));

    private int IndexOf(ulong address)
    {
        int found = Array.BinarySearch(_starts, address);
        int at = found >= 0 ? found : ~found - 1;
        return at >= 0 && address < _ranges[at].End ? at : -1;
    }

    /// <summary><c>7f12a000-7f12b000 r-xp 00001000 08:01 1234   /app/Shop.dll</c></summary>
    private static Range? ParseLine(string line, string? processPath)
    {
        int slash = line.IndexOf('/', StringComparison.Ordinal);
        int dash = line.IndexOf('-', StringComparison.Ordinal);
        if (slash < 0 || dash < 0)
        {
            return null;
        }

        int space = line.IndexOf(' ', StringComparison.Ordinal);
        string path = line[slash..];
        bool image = path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) || path == processPath;
        if (!image || space < dash
            || !ulong.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong start)
            || !ulong.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong end))
        {
            return null;
        }

        return new Range(start, end, path, line.AsSpan(space + 1).StartsWith("r-x"));
    }

    /// <summary>Walks back over the mappings of one file, without allocating. The mapping of the code may begin with a copy of the header: it is passed over.</summary>
    internal struct HeadEnumerator(ImageRanges images, int from)
    {
        private int _at = from + 1;
        private int _left = from < 0 ? 0 : MaxMappings;

        public readonly ulong Current => images._ranges[_at].Start;

        public readonly HeadEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            while (_left-- > 0 && --_at >= 0 && images._ranges[_at].Path == images._ranges[from].Path)
            {
                if (!images._ranges[_at].Executable)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private readonly record struct Range(ulong Start, ulong End, string Path, bool Executable);
}

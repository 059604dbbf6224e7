using System.Diagnostics;
using System.Text;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>Names addresses outside of managed code. For consumers on any thread; its lock is taken neither by the pump nor by the application.</summary>
internal sealed class NativeImages
{
    private const long RefreshAtMostEvery = 1_000_000_000;
    private const int MaxMappings = 16_384;
    private const int MaxMapsBytes = 8 << 20;

    private readonly Lock _gate = new();
    private readonly Func<byte[]> _readMaps;
    private readonly string? _program;

    // Guarded by _gate.
    private readonly NativeSymbols _symbols = new();
    private readonly Dictionary<string, Frame> _folded = [];
    private NativeMapping[] _mappings = [];
    private bool _runtimeInProgram;
    private long _nextRefresh;

    public NativeImages()
        : this(ReadMaps, Environment.ProcessPath)
    {
    }

    internal NativeImages(Func<byte[]> readMaps, string? program) => (_readMaps, _program) = (readMaps, program);

    /// <param name="address">Of an instruction, not a return address.</param>
    /// <param name="expand">Symbols or offsets instead of short names.</param>
    /// <returns>null when nothing native is known there: unmapped, or an image with precompiled managed code.</returns>
    public Frame? Resolve(ulong address, bool expand)
    {
        lock (_gate)
        {
            if ((long)address < 0)
            {
                return expand && address < PerfRecord.FirstMarker && _symbols.Kernel(address) is { } function ? Make(function, "kernel") : Folded("[kernel]", "");
            }

            if (Find(address) is not { } mapping)
            {
                Refresh_NeedsLock();
                mapping = Find(address);
            }

            if (mapping?.Folded is null)
            {
                return null;
            }

            return expand ? Expanded_NeedsLock(mapping, address) : mapping.Folded;
        }
    }

    private Frame Expanded_NeedsLock(NativeMapping mapping, ulong address)
    {
        if (!mapping.Path.StartsWith('/'))
        {
            return Make(mapping.Path.StartsWith('[') ? mapping.Path : "[stub]", "");
        }

        var library = NativeNames.Library(mapping.Path);
        var inFile = address - mapping.Start + mapping.Offset;
        return Make(_symbols.Find(mapping.Path, inFile) ?? $"{library}+0x{inFile:x}", library);
    }

    private NativeMapping? Find(ulong address)
    {
        var (low, high) = (0, _mappings.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var mapping = _mappings[middle];
            if (address < mapping.Start)
            {
                high = middle - 1;
            }
            else if (address >= mapping.End)
            {
                low = middle + 1;
            }
            else
            {
                return mapping;
            }
        }

        return null;
    }

    private void Refresh_NeedsLock()
    {
        var now = Stopwatch.GetTimestamp();
        if (now < _nextRefresh)
        {
            return;
        }

        _nextRefresh = now + RefreshAtMostEvery;
        var text = _readMaps();
        _runtimeInProgram = _program is not null && text.AsSpan().IndexOf("/libcoreclr.so"u8) < 0;
        var mappings = new List<NativeMapping>();
        foreach (var range in text.AsSpan().Split((byte)'\n'))
        {
            if (MapsLine.TryParse(text.AsSpan()[range], out var line) && line.Executable && mappings.Count < MaxMappings)
            {
                mappings.Add(Describe_NeedsLock(line));
            }
        }

        mappings.Sort((a, b) => a.Start.CompareTo(b.Start));
        _mappings = [.. mappings];
    }

    private NativeMapping Describe_NeedsLock(MapsLine line)
    {
        var path = Encoding.UTF8.GetString(line.Path);
        Frame? folded;
        if (path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
        {
            folded = null;
        }
        else if (path == _program && _runtimeInProgram)
        {
            // A single-file application: the ELF part is the runtime, what follows it in the file are its assemblies.
            folded = _symbols.IsLoaded(path, line.Offset) ? Folded("[runtime]", "") : null;
        }
        else if (!path.StartsWith('/') || path.StartsWith("/memfd:", StringComparison.Ordinal))
        {
            // Memory the runtime made: jitted code has been looked up before, so this is a stub or a helper.
            folded = path.StartsWith("[v", StringComparison.Ordinal) ? Folded(path, "") : Folded("[runtime]", "");
            path = path.StartsWith('[') ? path : "";
        }
        else
        {
            var library = NativeNames.Library(path);
            var name = NativeNames.Folded(library);
            folded = Folded(name, name.StartsWith('[') ? "" : name);
        }

        return new NativeMapping(line.Start, line.End, line.Offset, path, folded);
    }

    private Frame Folded(string name, string module)
    {
        if (!_folded.TryGetValue(name, out var frame))
        {
            _folded[name] = frame = Make(name, module);
        }

        return frame;
    }

    private static Frame Make(string function, string module)
    {
        // FNV-1a over both names: the same at every call, so the same for the life of the process.
        var hash = 14695981039346656037UL;
        foreach (var c in module)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        hash *= 1099511628211;
        foreach (var c in function)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return new Frame(function, "", 0, module, hash == 0 ? 1 : hash);
    }

    private static byte[] ReadMaps()
    {
        try
        {
            using var file = File.OpenRead("/proc/self/maps");
            using var copy = new MemoryStream();
            var piece = new byte[64 << 10];
            int got;
            while (copy.Length < MaxMapsBytes && (got = file.Read(piece)) > 0)
            {
                copy.Write(piece, 0, got);
            }

            return copy.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // no /proc: nothing native is named
        }
    }
}

namespace SelfProfiler.Kernel;

/// <summary>Symbol tables of the files that were asked for, read when they are first needed. Guarded by the lock of <see cref="NativeImages"/>.</summary>
internal sealed class NativeSymbols
{
    /// <summary>For all tables together; beyond it they are dropped and read again on demand.</summary>
    private const long MaxBytes = 48 << 20;
    private const int MaxFiles = 512;

    private const string DebugFiles = "/usr/lib/debug/.build-id";

    private readonly Dictionary<string, Image> _images = [];
    private SymbolTable? _kernel;
    private bool _kernelRead;
    private long _bytes;

    /// <returns>The function of a file that contains the byte at this offset, or null.</returns>
    public string? Find(string path, ulong offset)
    {
        var image = Of(path);
        if (!image.SymbolsRead)
        {
            MakeRoom();
            image = Of(path);
            image.SymbolsRead = true;
            image.Symbols = Read(path);
            _bytes += image.Symbols?.Bytes ?? 0;
        }

        if (image.Symbols is null || image.AddressOf(offset) is not { } address)
        {
            return null;
        }

        return image.Symbols.Find(address) is { } name ? NativeNames.Demangle(name) : null;
    }

    /// <summary>The byte at this offset belongs to a segment of the file, not to what may have been appended to it.</summary>
    public bool IsLoaded(string path, ulong offset) => Of(path).AddressOf(offset) is not null;

    public string? Kernel(ulong address)
    {
        if (!_kernelRead)
        {
            MakeRoom();
            _kernelRead = true;
            _kernel = KernelSymbols.Load();
            _bytes += _kernel?.Bytes ?? 0;
        }

        return _kernel?.Find(address);
    }

    private Image Of(string path)
    {
        if (!_images.TryGetValue(path, out var image))
        {
            if (_images.Count >= MaxFiles)
            {
                Clear();
            }

            using var file = ElfFile.Open(path);
            _images[path] = image = new Image(file?.Loads() ?? []);
        }

        return image;
    }

    private void MakeRoom()
    {
        if (_bytes > MaxBytes)
        {
            Clear();
        }
    }

    private void Clear()
    {
        _images.Clear();
        (_kernel, _kernelRead, _bytes) = (null, false, 0);
    }

    private static SymbolTable? Read(string path)
    {
        using var file = ElfFile.Open(path);
        if (file is null)
        {
            return null;
        }

        // Distributions strip their libraries and keep the symbols in files named after the build id.
        if (file.IsStripped() && file.BuildId() is { Length: > 2 } id)
        {
            using var debug = ElfFile.Open($"{DebugFiles}/{id[..2]}/{id[2..]}.debug");
            if (debug?.Symbols() is { } symbols)
            {
                return symbols;
            }
        }

        return file.Symbols();
    }

    private sealed class Image(List<(ulong Offset, ulong Size, ulong Address)> loads)
    {
        public bool SymbolsRead { get; set; }

        public SymbolTable? Symbols { get; set; }

        public ulong? AddressOf(ulong offset)
        {
            foreach (var load in loads)
            {
                if (offset - load.Offset < load.Size)
                {
                    return offset - load.Offset + load.Address;
                }
            }

            return null;
        }
    }
}

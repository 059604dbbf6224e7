namespace SelfProfiler.Symbolize;

/// <summary>Gives frames their names. For consumers on any thread; its lock is never taken by the pump or by the application.</summary>
internal sealed class Symbolizer
{
    private readonly Lock _gate = new();

    // Guarded by _gate. Caches are emptied when full; identities stay.
    private readonly FrameIdentities _identities = new();
    private readonly LoadedAssemblies _assemblies = new();
    private readonly SourceLines _lines = new();
    private readonly Dictionary<(FrameKey Key, bool IsLeaf, bool Native), Frame> _frames = [];
    private readonly Dictionary<MethodBody, (string Name, uint Token)> _methods = [];
    private int _looked;
    private int _imagesAt;
    private ImageRanges _images = ImageRanges.None;

    /// <summary>Names an address outside managed code; the flag asks for real symbols instead of short names. The identity of its frame is replaced by one of ours.</summary>
    public Func<ulong, bool, Frame?>? NativeFrames { get; set; }

    /// <summary>Frames whose name is remembered. Without the lock, which is held while files are read: a number that is a moment old does.</summary>
    public int Count => _frames.Count;

    /// <summary>Frames that got a plain name because something unexpected was met on the way to a better one.</summary>
    public long Failures { get; private set; }

    /// <summary>Tables of lines that could not be read.</summary>
    public long LineFailures => _lines.Failures;

    /// <summary>The last such thing, for the status; null when all is well.</summary>
    public string? LastFailure { get; private set; }

    /// <param name="key">As the pump interned it.</param>
    /// <param name="isLeaf">The address is the instruction itself; otherwise a return address, or one before it.</param>
    /// <param name="nativeFrames">Show the runtime's and libraries' own frames.</param>
    public Frame Resolve(in FrameKey key, bool isLeaf, bool nativeFrames)
    {
        lock (_gate)
        {
            if (_frames.TryGetValue((key, isLeaf, nativeFrames), out var frame))
            {
                return frame;
            }

            frame = Make(key, isLeaf, nativeFrames);
            frame = frame with { Identity = _identities.Of(frame.Module, frame.Function, frame.Line) };
            if (key.Body is { Module.Path.Length: 0 })
            {
                return frame; // a rundown will tell where it comes from
            }

            if (_frames.Count >= Limits.Names)
            {
                _frames.Clear();
            }

            _frames.Add((key, isLeaf, nativeFrames), frame);
            return frame;
        }
    }

    /// <summary>A frame that was named by another process, with the identity it would have here.</summary>
    public Frame Identify(Frame frame)
    {
        lock (_gate)
        {
            return frame with { Identity = _identities.Of(frame.Module, frame.Function, frame.Line) };
        }
    }

    /// <summary>Lets go of what only a burst of questions needs (PDBs in memory) and looks at what is new: modules and their PDBs, images in memory.
    /// To be called at the start and after each sealed window; not on the pump.</summary>
    /// <param name="map">Learns where images lie.</param>
    public void Rest(MethodMap? map = null)
    {
        lock (_gate)
        {
            _lines.Close();
            if (map is null)
            {
                return;
            }

            if (_imagesAt != map.Modules.Count)
            {
                _imagesAt = map.Modules.Count;
                map.Images = _images = ImageRanges.Read();
            }

            for (; _looked < map.Modules.Count && map.Modules[_looked] is not { Path.Length: 0 }; _looked++)
            {
                if (map.Modules[_looked] is { } module)
                {
                    _lines.LookFor(module);
                }
            }
        }
    }

    private Frame Make(in FrameKey key, bool isLeaf, bool nativeFrames)
    {
        if (key.Synthetic is { } name)
        {
            return Named(name);
        }

        ulong address = isLeaf || key.Address == 0 ? key.Address : key.Address - 1;
        try
        {
            return key.Body is { } body ? Managed(body, isLeaf ? key.Address : Math.Max(address, body.Start)) : NativeFrames?.Invoke(address, nativeFrames) ?? Unknown(address);
        }
        catch (Exception e)
        {
            // A profile with a plain name is better than none.
            Failures++;
            LastFailure = $"{e.GetType().Name}: {e.Message}";
            return Named(key.Body is { } failed ? $"{failed.Namespace}.{failed.Name}" : "[unknown]");
        }
    }

    private Frame Managed(MethodBody body, ulong address)
    {
        var method = Method(body);
        string module = body.Module?.Name ?? "";
        return _lines.Find(body, method.Token, address) is { } line
            ? new Frame(method.Name, line.File, line.Line, module, 0, line.StartLine)
            : new Frame(method.Name, "", 0, module, 0);
    }

    private (string Name, uint Token) Method(MethodBody body)
    {
        if (_methods.TryGetValue(body, out var method))
        {
            return method;
        }

        var (type, name, signature, token) = (body.Namespace, body.Name, body.Signature, body.Token);
        var shape = body.Module is null ? null : _assemblies.Read(body.Module, metadata =>
        {
            var parsed = RuntimeTypeName.Parse(type);
            token = token != 0 ? token : MetadataShapes.FindToken(metadata, parsed, name, signature);
            return MetadataShapes.Read(metadata, token, name, parsed.Arguments);
        });
        method = (MethodNames.Of(type, name, signature, shape), token);
        if (body.Module is { Path.Length: 0 })
        {
            return method; // a rundown will tell where it comes from
        }

        if (_methods.Count >= Limits.Names)
        {
            _methods.Clear();
        }

        _methods.Add(body, method);
        return method;
    }

    private Frame Unknown(ulong address)
    {
        string? image = _images.Find(address);
        if (image is null)
        {
            _images = ImageRanges.Read();
            image = _images.Find(address);
        }

        return Named(image is null ? "[unknown]" : $"[{Path.GetFileName(image)}]");
    }

    private static Frame Named(string name) => new(name, "", 0, "", 0);
}

using SelfProfiler.Decode;

namespace SelfProfiler.Symbolize;

/// <summary>Which method's code lies at an address: fed by the runtime's method events, asked for every new address of a stack. Pump only.</summary>
/// <remarks>Newest wins: code that appears where other code was known proves that the old code is gone, also when its unload event
/// was lost. The tiers of one method are bodies side by side.</remarks>
internal sealed class MethodMap
{
    private const uint DynamicFlag = 0x1;

    private readonly int _maxBodies;
    private readonly int _maxNameBytes;
    private readonly BodyIndex _index = new();
    private readonly ILMaps _ilMaps;
    private readonly EntryPoints _entryPoints;
    private readonly RecentCode _recent = new();
    private ImageRanges _images = ImageRanges.None;
    private TextTable _text;
    private int _unloaded;

    public MethodMap(int maxBodies = Limits.Methods, int maxNameBytes = Limits.MethodNameBytes)
    {
        _maxBodies = maxBodies;
        _maxNameBytes = maxNameBytes;
        _text = new TextTable(maxNameBytes);
        Lists = new MethodLists(_recent.Learnt);
        _ilMaps = new ILMaps(_index, Modules);
        _entryPoints = new EntryPoints(_index, Modules, Lists, RemoveRow);
    }

    /// <summary>Code is gone from a range: what was remembered by address in it must be forgotten.</summary>
    public Action<ulong, ulong>? Removed { get; set; }

    /// <summary>Where precompiled code may lie. Set by whoever reads the mappings; read by the pump.</summary>
    public ImageRanges Images
    {
        get => Volatile.Read(ref _images);
        set => Volatile.Write(ref _images, value);
    }

    /// <summary>Look-ups that found a body.</summary>
    public long Known { get; private set; }

    /// <summary>Look-ups of addresses inside images that found none: precompiled methods that only a rundown names.</summary>
    public long UnknownInImages { get; private set; }

    /// <summary>Look-ups of other addresses that found none: native code, stubs, or an image <see cref="Images"/> does not know yet.</summary>
    public long UnknownElsewhere { get; private set; }

    /// <summary>Bodies known now.</summary>
    public int Count => _index.Count;

    /// <summary>Bodies not kept because the map was full.</summary>
    public long Overflow { get; private set; }

    /// <summary>Events without a usable range.</summary>
    public long Malformed { get; private set; }

    /// <summary>Names not kept because the table of names was full.</summary>
    public long TextDropped => _text.Dropped;

    /// <summary>Bytes of names held.</summary>
    public int TextBytes => _text.Bytes;

    /// <summary>Bytes of IL maps held.</summary>
    public int ILMapBytes => _ilMaps.Bytes;

    /// <summary>IL maps not kept because there were too many.</summary>
    public long ILMapsDropped => _ilMaps.Dropped;

    /// <summary>Told of by whoever reads them.</summary>
    public MethodLists Lists { get; }

    /// <summary>The modules known so far; consumers read the snapshot.</summary>
    public ModuleTable Modules { get; } = new();

    /// <returns>The body whose code contains the address, or null. The same body gives the same object.</returns>
    public MethodBody? Find(ulong address)
    {
        var body = Peek(address);
        if (body is not null)
        {
            Known++;
        }
        else if (Images.Contains(address))
        {
            UnknownInImages++;
        }
        else
        {
            UnknownElsewhere++;
        }

        return body;
    }

    /// <summary>As <see cref="Find"/>, for those who ask about addresses that no sample fell on: it counts nothing.</summary>
    public MethodBody? Peek(ulong address)
    {
        var images = Images;
        if (_recent.TryFind(address, images, out var body))
        {
            return body;
        }

        int row = _index.Find(address);
        if (row < 0 || EntryPoints.HasNoSize(_index[row]))
        {
            row = _entryPoints.Measure(address, images);
        }

        body = row >= 0 ? Materialize(ref _index[row]) : null;
        _recent.Remember(address, body);
        return body;
    }

    public void Add(in MethodLoad load)
    {
        _recent.Learnt();
        if (load is { Start: 0, Size: 0 })
        {
            return; // the runtime looked for precompiled code and found none
        }

        if (load.Start == 0 || load.Start > ulong.MaxValue - Math.Max(load.Size, 1))
        {
            Malformed++;
            return;
        }

        if (load.Size == 0)
        {
            AddEntryPoint(load);
            return;
        }

        bool dynamic = (load.Flags & DynamicFlag) != 0; // its names live and die with it
        var row = new BodyRow
        {
            Start = load.Start,
            Size = load.Size,
            MethodId = load.MethodId,
            Token = load.Token,
            Module = Modules.IndexOf(load.ModuleId),
            Flags = (ushort)load.Flags,
        };
        if (!dynamic)
        {
            row.Namespace = _text.Intern(load.Namespace);
            row.Name = _text.Intern(load.Name);
            row.Signature = _text.Intern(load.Signature);
        }

        int old = _index.FirstIn(row.Start, row.End);
        if (old >= 0 && (dynamic ? DynamicMethods.IsSame(_index[old], load) : _index[old].IsSame(row)))
        {
            _ilMaps.Added(old); // a rundown repeats what is known
            return;
        }

        if (dynamic && old >= 0 && _index[old].Known is MethodBody { LoadedAt: var loadedAt } && loadedAt > load.Timestamp)
        {
            return; // streams are not in the order of time
        }

        for (; old >= 0; old = _index.FirstIn(row.Start, row.End))
        {
            RemoveRow(old);
        }

        if (_index.Count >= _maxBodies)
        {
            Overflow++;
            return;
        }

        row.Known = dynamic ? DynamicMethods.Body(load) : null;
        _ilMaps.Added(_index.Insert(row));
    }

    /// <summary>A precompiled method was prepared: the event tells its beginning and its names, the image its end.</summary>
    private void AddEntryPoint(in MethodLoad load)
    {
        if (!_entryPoints.MakeRoom(load.Start))
        {
            return; // known with its size
        }

        if (_index.Count >= _maxBodies)
        {
            Overflow++;
            return;
        }

        _index.Insert(EntryPoints.Row(load.Start, load.MethodId, (_text.Intern(load.Namespace), _text.Intern(load.Name), _text.Intern(load.Signature))));
    }

    public void Remove(in MethodUnload unload)
    {
        int row = _index.Find(unload.Start);
        if (row < 0 || _index[row].Start != unload.Start || (unload.MethodId != 0 && unload.MethodId != _index[row].MethodId)
            || (unload.Timestamp != 0 && _index[row].Known is MethodBody { LoadedAt: var loaded } && loaded > unload.Timestamp))
        {
            return; // something newer lies there
        }

        RemoveRow(row);
        CompactTextIfDue();
    }

    public void AddModule(in ModuleLoad load) => Modules.Add(load);

    /// <summary>A collectible module is gone. The runtime says nothing of its methods.</summary>
    public void RemoveModule(ulong moduleId)
    {
        ushort module = Modules.Forget(moduleId);
        if (module == 0)
        {
            return;
        }

        foreach (int row in _index.Rows().Where(r => _index[r].Module == module).ToArray())
        {
            RemoveRow(row);
        }

        CompactTextIfDue();
    }

    /// <summary>Takes the offsets of a body just added, or to be added next.</summary>
    public void AddILMap(in ILMap map) => _ilMaps.Add(map);

    public void SweepILMaps() => _ilMaps.Sweep();

    private MethodBody Materialize(ref BodyRow row)
    {
        if (row.Known is MethodBody known)
        {
            return known;
        }

        var module = Modules[row.Module];
        var body = new MethodBody(module, new MethodText(_text, row.Namespace, row.Name, row.Signature))
        {
            Start = row.Start,
            Size = row.Size,
            MethodId = row.MethodId,
            ModuleId = module?.Id ?? 0,
            Token = row.Token,
            Flags = EntryPoints.EventFlags(row),
            Guessed = EntryPoints.IsGuessed(row),
            ILMap = row.Known as byte[],
        };
        row.Known = body;
        return body;
    }

    private void RemoveRow(int rowNumber)
    {
        var row = _index[rowNumber];
        _ilMaps.Removed(row);
        if (row.Known is MethodBody body)
        {
            body.Removed = true;
            body.LeaveText();
        }

        _unloaded += row.Name != 0 ? 1 : 0; // names of dynamic methods are no part of the table

        _index.Remove(rowNumber);
        Removed?.Invoke(row.Start, row.Size);
    }

    /// <summary>Names of unloaded code stay in the table: copies the living ones to a new one.</summary>
    private void CompactTextIfDue()
    {
        if (_unloaded <= 2_000 || _unloaded <= _index.Count / 4)
        {
            return;
        }

        var text = new TextTable(_maxNameBytes, _text.Dropped);
        foreach (int number in _index.Rows())
        {
            ref var row = ref _index[number];
            row.Namespace = text.Copy(_text, row.Namespace);
            row.Name = text.Copy(_text, row.Name);
            row.Signature = text.Copy(_text, row.Signature);
            if (row.Known is MethodBody body)
            {
                body.MoveText(new MethodText(text, row.Namespace, row.Name, row.Signature));
            }
        }

        _text = text;
        _unloaded = 0;
    }
}

using SelfProfiler.Decode;

namespace SelfProfiler.Symbolize;

/// <summary>Modules by the runtime's id. The pump adds; consumers read a snapshot.</summary>
/// <remarks>Bounded at 65,535, the numbers a row has room for; beyond, methods have no module. An id that comes again with another path is
/// another module: the first one was unloaded.</remarks>
internal sealed class ModuleTable
{
    // Pump only. Number 0 is "none".
    private readonly Dictionary<ulong, ushort> _numbers = [];
    private readonly Stack<ushort> _free = [];

    // Written by the pump; replaced when it grows.
    private volatile CodeModule?[] _modules = new CodeModule?[64];
    private volatile int _count = 1;

    /// <summary>Modules met so far, and one for "none".</summary>
    public int Count => _count;

    public CodeModule? this[int number] => _modules[number];

    /// <returns>The number of the module, made when it is met first; 0 when there is none.</returns>
    public ushort IndexOf(ulong moduleId)
    {
        if (moduleId == 0)
        {
            return 0;
        }

        return _numbers.TryGetValue(moduleId, out ushort number) ? number : Append(moduleId);
    }

    /// <summary>The module is unloaded; its id may be used again.</summary>
    /// <returns>The number it had, or 0.</returns>
    public ushort Forget(ulong moduleId)
    {
        if (!_numbers.Remove(moduleId, out ushort number))
        {
            return 0;
        }

        _modules[number] = null;
        _free.Push(number);
        return number;
    }

    /// <returns>The number of the module with this path, or 0.</returns>
    public ushort WithPath(string path)
    {
        for (int number = _count - 1; number > 0; number--)
        {
            if (_modules[number] is { } module && module.Path == path)
            {
                return (ushort)number;
            }
        }

        return 0;
    }

    public void Add(in ModuleLoad load)
    {
        ushort number = IndexOf(load.ModuleId);
        if (this[number] is not { } module || load.ILPath.IsEmpty || load.ILPath.SequenceEqual(module.Path))
        {
            return;
        }

        if (module.Path.Length != 0)
        {
            number = Append(load.ModuleId);
            module = this[number];
        }

        if (module is not null)
        {
            module.PdbId = load.PdbId;
            module.PdbPath = load.PdbPath.ToString();
            module.Path = load.ILPath.ToString();
        }
    }

    private ushort Append(ulong moduleId)
    {
        if (_free.TryPop(out ushort number))
        {
            _modules[number] = new CodeModule(moduleId);
            _numbers[moduleId] = number;
            return number;
        }

        if (_count > ushort.MaxValue)
        {
            return 0;
        }

        if (_count == _modules.Length)
        {
            var grown = new CodeModule?[_count * 2];
            _modules.CopyTo(grown, 0);
            _modules = grown;
        }

        number = (ushort)_count;
        _modules[number] = new CodeModule(moduleId);
        _numbers[moduleId] = number;
        _count = number + 1;
        return number;
    }
}

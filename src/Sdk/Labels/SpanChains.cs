using System.Collections.Concurrent;

namespace SelfProfiler.Labels;

/// <summary>Names of nested spans as one number: that of the enclosing chain and a name. Bounded; finding a known one takes no lock.</summary>
/// <remarks>Names come from activities that the application or its libraries create in any case: nothing is switched on for them.</remarks>
internal sealed class SpanChains
{
    /// <summary>Spans beyond count as their parent. At most 32,767: a number must fit into the ring entry.</summary>
    public const int Max = 4_096;

    private const int LongestName = 128;

    private readonly ConcurrentDictionary<(ushort Parent, string Name), ushort> _known = [];

    // Written once each, before its number is given out.
    private readonly (ushort Parent, string Name)[] _chains = new (ushort, string)[Max];
    private readonly Lock _gate = new();
    private int _count = 1;
    private long _refused;

    /// <summary>Spans that found no place.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public ushort Of(ushort parent, string name)
    {
        if (_known.TryGetValue((parent, name), out ushort chain))
        {
            return chain;
        }

        lock (_gate)
        {
            if (_known.TryGetValue((parent, name), out chain))
            {
                return chain;
            }

            if (_count == Max)
            {
                Interlocked.Increment(ref _refused);
                return parent;
            }

            _chains[_count] = (parent, name.Length <= LongestName ? name : name[..LongestName]);
            chain = (ushort)_count++;
            _known[(parent, name)] = chain;
            return chain;
        }
    }

    /// <summary>Names of a chain, the outermost first.</summary>
    public IReadOnlyList<string> Names(int chain)
    {
        var names = new List<string>();
        for (; chain > 0 && chain < Max; chain = _chains[chain].Parent)
        {
            names.Add(_chains[chain].Name);
        }

        names.Reverse();
        return names;
    }
}

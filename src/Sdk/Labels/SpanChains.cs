using System.Collections.Concurrent;

namespace SelfProfiler.Labels;

/// <summary>Names of nested spans as one number: that of the enclosing chain and a name. Bounded; finding a known one takes no lock.</summary>
/// <remarks>Names come from activities that the application or its libraries create in any case: nothing is switched on for them.</remarks>
internal sealed class SpanChains
{
    /// <summary>Spans beyond count as their parent. A number must fit into the <see cref="RingEntry"/>.</summary>
    public const int Max = 4_096;

    private const int LongestName = 128;

    /// <summary>How many of the names under a chain are compared with before one is looked up.</summary>
    private const int Near = 8;

    private readonly ConcurrentDictionary<(ushort Parent, string Name), ushort> _known = [];

    // Written once each, before its number is given out.
    private readonly Chain?[] _chains = new Chain?[Max];
    private readonly Lock _gate = new();
    private int _count = 1;
    private long _refused;

    public SpanChains() => _chains[0] = new Chain(0, 0, "");

    /// <summary>Numbers given out.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Spans that found no place.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public ushort Of(ushort parent, string name)
    {
        // A name is nearly always the same object, whose letters need not be looked at.
        for (var inner = Volatile.Read(ref _chains[parent]!.Inner); inner is not null; inner = Volatile.Read(ref inner.Next))
        {
            if (ReferenceEquals(inner.Name, name))
            {
                return inner.Number;
            }
        }

        if (_known.TryGetValue((parent, name), out ushort chain))
        {
            return chain;
        }

        // Once full for ever: application threads must not queue for a lock to be told so.
        return Volatile.Read(ref _count) == Max ? Refuse(parent) : Add(parent, name);
    }

    /// <summary>Names of a chain, the outermost first.</summary>
    public IReadOnlyList<string> Names(int chain)
    {
        var names = new List<string>();
        for (; chain > 0 && chain < Max && _chains[chain] is { } span; chain = span.Parent)
        {
            names.Add(span.Name.Length <= LongestName ? span.Name : span.Name[..LongestName]);
        }

        names.Reverse();
        return names;
    }

    private ushort Add(ushort parent, string name)
    {
        lock (_gate)
        {
            if (_known.TryGetValue((parent, name), out ushort known))
            {
                return known;
            }

            if (_count == Max)
            {
                return Refuse(parent);
            }

            var made = new Chain((ushort)_count, parent, name);
            _chains[_count] = made;
            Link(ref _chains[parent]!.Inner, made);
            _known[(parent, name)] = made.Number;
            Volatile.Write(ref _count, _count + 1);
            return made.Number;
        }
    }

    private ushort Refuse(ushort parent)
    {
        Interlocked.Increment(ref _refused);
        return parent;
    }

    // Behind the others: the first names are those of the libraries, and made up ones do not push them out.
    private static void Link(ref Chain? place, Chain made)
    {
        for (int i = 0; i < Near; i++)
        {
            if (place is null)
            {
                Volatile.Write(ref place, made);
                return;
            }

            place = ref place.Next;
        }
    }

    private sealed class Chain(ushort number, ushort parent, string name)
    {
        /// <summary>The first of the names under it, and the next one beside it.</summary>
        public Chain? Inner;
        public Chain? Next;

        public ushort Number { get; } = number;

        public ushort Parent { get; } = parent;

        public string Name { get; } = name;
    }
}

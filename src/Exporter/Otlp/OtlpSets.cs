using SelfProfiler.Encode;
using SelfProfiler.Exporter.Series;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>Label sets as a request shows them: a list of attributes and a link. Sets that look the same to the server are one.</summary>
/// <remarks>Thousands of sets differ in their trace alone: those cost no object each.</remarks>
internal sealed class OtlpSets(BoundedLabels bounds)
{
    private readonly Dictionary<(int List, int Link), int> _known = [];
    private readonly List<(int List, int Link)> _sets = [];

    // Lists of attributes as a tree: a list is another one and an attribute more. List 0 is empty.
    private readonly Dictionary<(int Shorter, int Attribute), int> _lists = [];
    private readonly List<byte[]> _encoded = [];

    /// <summary>The fields <c>attribute_indices</c> (2) and <c>link_index</c> of a set's samples.</summary>
    public (byte[] Attributes, int Link) this[int set] => (_encoded[_sets[set].List], _sets[set].Link);

    /// <returns>For each label set that the part uses, its number here.</returns>
    public int[] Fill(ProfileData data, ProfileTables tables, OtlpDictionary dictionary)
    {
        _known.Clear();
        _sets.Clear();
        _lists.Clear();
        _encoded.Clear();
        _encoded.Add([]);
        var sets = new int[data.LabelSets.Length];
        for (var set = 0; set < sets.Length; set++)
        {
            if (tables.UsesLabelSet[set])
            {
                var key = Convert(data.LabelSets[set], dictionary);
                if (!_known.TryGetValue(key, out sets[set]))
                {
                    sets[set] = _sets.Count;
                    _known.Add(key, _sets.Count);
                    _sets.Add(key);
                }
            }
        }

        return sets;
    }

    private (int List, int Link) Convert(KeyValuePair<string, string>[] set, OtlpDictionary dictionary)
    {
        var list = 0;
        string trace = "", span = "";
        foreach (var label in set)
        {
            if (label.Key == "trace_id")
            {
                trace = label.Value;
            }
            else if (label.Key == "span_id")
            {
                span = label.Value;
            }
            else if (label.Value.Length > 0 && bounds.TryBound(label, out var bounded))
            {
                list = Longer(list, dictionary.Attribute(bounded.Key, bounded.Value));
            }
        }

        return (list, dictionary.Link(trace, span));
    }

    private int Longer(int list, int attribute)
    {
        if (!_lists.TryGetValue((list, attribute), out var longer))
        {
            longer = _encoded.Count;
            _lists.Add((list, attribute), longer);
            var shorter = _encoded[list];
            var writer = new OtlpWriter(64);
            var head = shorter.Length == 0 ? 0 : 1 + OtlpWriter.SizeOf((ulong)(shorter.Length - 2));
            writer.Head(2, shorter.Length - head + OtlpWriter.SizeOf((ulong)attribute));
            writer.Bytes(shorter.AsSpan(head));
            writer.Raw((ulong)attribute);
            _encoded.Add(writer.Written.ToArray());
        }

        return longer;
    }
}

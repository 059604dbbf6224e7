using SelfProfiler.Encode;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>A sample as a request shows it: indexes of its stack and of its set of labels.</summary>
internal readonly record struct OtlpRow(int Stack, int Set, long Count, long Value);

/// <summary>The samples by what identifies them to a server, which is their stack, attributes and link: a profile holds each once.</summary>
internal sealed class OtlpRows
{
    private OtlpRow[] _rows = [];
    private int _count;

    public void Fill(ProfileData data, OtlpDictionary dictionary, int[] setOf)
    {
        _rows = _rows.Length >= data.Samples.Length ? _rows : new OtlpRow[data.Samples.Length];
        _count = 0;
        foreach (ref readonly var sample in data.Samples.AsSpan())
        {
            if (ProfileTables.Keeps(data, sample))
            {
                _rows[_count++] = new OtlpRow(dictionary.Stack(sample.LeafNode), setOf[sample.LabelSet], sample.Count, sample.Value);
            }
        }

        Rows.Sort((a, b) => a.Stack != b.Stack ? a.Stack.CompareTo(b.Stack) : a.Set.CompareTo(b.Set));
        _count = Merge();
    }

    public Span<OtlpRow> Rows => _rows.AsSpan(0, _count);

    private int Merge()
    {
        var kept = 0;
        for (var i = 1; i < _count; i++)
        {
            ref var last = ref _rows[kept];
            if (last.Stack == _rows[i].Stack && last.Set == _rows[i].Set)
            {
                last = last with { Count = last.Count + _rows[i].Count, Value = last.Value + _rows[i].Value };
            }
            else
            {
                _rows[++kept] = _rows[i];
            }
        }

        return _count == 0 ? 0 : kept + 1;
    }
}

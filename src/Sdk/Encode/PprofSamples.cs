using Google.Protobuf;

namespace SelfProfiler.Encode;

/// <summary>The samples of a pprof message, in two passes: sizes first (per node of the tree, per label set), then bytes; no object per sample.</summary>
internal sealed class PprofSamples
{
    private readonly ProfileData _data;
    private readonly ProfileTables _tables;

    // Bytes of the packed location ids from a node to the root: a parent comes before its children, so one pass fills it.
    private readonly int[] _stackSize;

    // The labels of each set, encoded once; those without a value do not survive decoding and are left out.
    private readonly ByteString[][] _labels;
    private readonly int[] _labelsSize;

    public PprofSamples(ProfileData data, ProfileTables tables)
    {
        _data = data;
        _tables = tables;
        _stackSize = StackSizes(data, tables);
        _labels = new ByteString[data.LabelSets.Length][];
        _labelsSize = new int[data.LabelSets.Length];
        for (var set = 0; set < _labels.Length; set++)
        {
            _labels[set] = tables.UsesLabelSet[set] ? Encode(data.LabelSets[set], tables) : [];
            foreach (var label in _labels[set])
            {
                _labelsSize[set] += PprofWire.SizeOfMessage(PprofFields.Sample.Label, label.Length);
            }
        }
    }

    public void WriteTo(PprofWire wire)
    {
        var two = _data.SampleTypes.Length > 1;
        var buffer = new byte[_stackSize.Max()];
        var stack = ByteString.Empty;
        var leaf = -1;
        foreach (var index in OrderByLeaf())
        {
            ref readonly var sample = ref _data.Samples[index];
            if (sample.LeafNode != leaf)
            {
                leaf = sample.LeafNode;
                stack = Stack(leaf, buffer);
            }

            var values = PprofWire.Varint(sample.Count) + (two ? PprofWire.Varint(sample.Value) : 0);
            wire.Message(
                PprofFields.Profile.Sample,
                PprofWire.SizeOfMessage(PprofFields.Sample.LocationId, stack.Length)
                + PprofWire.SizeOfMessage(PprofFields.Sample.Value, values)
                + _labelsSize[sample.LabelSet]);
            wire.Bytes(PprofFields.Sample.LocationId, stack);
            wire.Message(PprofFields.Sample.Value, values);
            wire.Packed(sample.Count);
            if (two)
            {
                wire.Packed(sample.Value);
            }

            foreach (var label in _labels[sample.LabelSet])
            {
                wire.Bytes(PprofFields.Sample.Label, label);
            }
        }
    }

    // Rows of one stack follow each other: its ids are encoded once, and gzip finds them in its window. A counting sort.
    private int[] OrderByLeaf()
    {
        var next = new int[_stackSize.Length + 1];
        foreach (ref readonly var sample in _data.Samples.AsSpan())
        {
            next[sample.LeafNode + 1] += ProfileTables.Keeps(_data, sample) ? 1 : 0;
        }

        for (var node = 1; node < next.Length; node++)
        {
            next[node] += next[node - 1];
        }

        var order = new int[_tables.SampleCount];
        for (var i = 0; i < _data.Samples.Length; i++)
        {
            if (ProfileTables.Keeps(_data, _data.Samples[i]))
            {
                order[next[_data.Samples[i].LeafNode]++] = i;
            }
        }

        return order;
    }

    // Wraps the buffer without a copy: valid until the next stack is encoded into it.
    private ByteString Stack(int leaf, byte[] buffer)
    {
        var at = 0;
        var node = leaf;
        do
        {
            at = Put(buffer, at, (uint)_tables.Node[node]);
            node = node == 0 ? 0 : _data.NodeParent[node];
        }
        while (node != 0);

        return UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, at));
    }

    private static int[] StackSizes(ProfileData data, ProfileTables tables)
    {
        var sizes = new int[tables.Node.Length];
        for (var node = 1; node < sizes.Length; node++)
        {
            if (tables.Node[node] != 0)
            {
                var parent = data.NodeParent[node];
                sizes[node] = PprofWire.Varint(tables.Node[node]) + (parent == 0 ? 0 : sizes[parent]);
            }
        }

        sizes[0] = PprofWire.Varint(tables.Node[0]);
        return sizes;
    }

    private static ByteString[] Encode(KeyValuePair<string, string>[] set, ProfileTables tables)
    {
        var labels = new List<ByteString>(set.Length);
        Span<byte> buffer = stackalloc byte[16];
        foreach (var (key, value) in set)
        {
            if (key.Length > 0 && value.Length > 0)
            {
                var at = PutField(buffer, 0, PprofFields.Label.Key, tables.Intern(key));
                at = PutField(buffer, at, PprofFields.Label.Str, tables.Intern(value));
                labels.Add(ByteString.CopyFrom(buffer[..at]));
            }
        }

        return [.. labels];
    }

    private static int PutField(Span<byte> buffer, int at, int field, int value) =>
        Put(buffer, Put(buffer, at, WireFormat.MakeTag(field, WireFormat.WireType.Varint)), (uint)value);

    private static int Put(Span<byte> buffer, int at, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            buffer[at++] = (byte)(value | 0x80);
        }

        buffer[at++] = (byte)value;
        return at;
    }
}

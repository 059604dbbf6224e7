using Google.Protobuf;
using SelfProfiler.Encode;
using SelfProfiler.Exporter.Otlp.Wire;
using SelfProfiler.Exporter.Series;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>Requests of one export after the other: each a part of a profile, as one OTLP profile for each of its values. No object for a sample.</summary>
internal sealed class OtlpMessage(Resource resource, BoundedLabels bounds, FrameCatalog catalog)
{
    private readonly OtlpWriter _profile = new();
    private readonly OtlpWriter _scope = new();
    private readonly OtlpWriter _tables = new();
    private readonly byte[] _resource = resource.ToByteArray();
    private readonly Dictionary<(int Parent, int Location), int> _nodes = [];
    private readonly OtlpRows _rows = new();
    private readonly OtlpSets _sets = new(bounds);
    private OtlpDictionary _dictionary = null!;

    /// <summary>Bytes that <see cref="WriteTo"/> writes, but for a few.</summary>
    public long Length => _scope.Length + _tables.Length + _resource.Length;

    public void Build(ProfileData data)
    {
        var tables = new ProfileTables(data, catalog);
        _dictionary = new OtlpDictionary(data, tables, _tables, _nodes);
        _rows.Fill(data, _dictionary, _sets.Fill(data, tables, _dictionary));
        _scope.Clear();
        // Parca shows the scope's name as the profile's.
        _scope.Bytes(new ScopeProfiles
        {
            Scope = new InstrumentationScope { Name = SeriesLabels.NameOf(data.Kind), Version = typeof(OtlpMessage).Assembly.GetName().Version?.ToString(3) ?? "" },
        }.ToByteArray());
        for (var type = 0; type < data.SampleTypes.Length; type++)
        {
            _profile.Clear();
            // Receivers refuse a profile without samples.
            if (WriteSamples(second: type == 1))
            {
                _profile.Bytes(Head(data, data.SampleTypes[type]).ToByteArray());
                _scope.Message(2, _profile.Written);
            }
        }

        _dictionary.Finish();
    }

    /// <summary>An ExportProfilesServiceRequest.</summary>
    public void WriteTo(Stream output)
    {
        var heads = new OtlpWriter(4 * 1024);
        heads.Head(1, 1 + OtlpWriter.SizeOf((ulong)_resource.Length) + _resource.Length + 1 + OtlpWriter.SizeOf((ulong)_scope.Length) + _scope.Length);
        heads.Message(1, _resource);
        heads.Head(2, _scope.Length);
        output.Write(heads.Written);
        output.Write(_scope.Written);
        heads.Clear();
        heads.Head(2, _tables.Length);
        output.Write(heads.Written);
        output.Write(_tables.Written);
    }

    // stack_index = 1, attribute_indices = 2, link_index = 3, values = 4.
    private bool WriteSamples(bool second)
    {
        var any = false;
        foreach (ref readonly var row in _rows.Rows)
        {
            var value = second ? row.Value : row.Count;
            if (value > 0)
            {
                any = true;
                var (attributes, link) = _sets[row.Set];
                var values = OtlpWriter.SizeOf((ulong)value);
                _profile.Head(2, OtlpWriter.SizeOfNumber(row.Stack) + attributes.Length + OtlpWriter.SizeOfNumber(link) + 2 + values);
                _profile.Number(1, row.Stack);
                _profile.Bytes(attributes);
                _profile.Number(3, link);
                _profile.Head(4, values);
                _profile.Raw((ulong)value);
            }
        }

        return any;
    }

    private Wire.Profile Head(ProfileData data, (string Type, string Unit) type)
    {
        var profile = new Wire.Profile
        {
            SampleType = Type(type),
            PeriodType = Type(data.PeriodType),
            Period = Math.Max(1, data.Period),
            TimeUnixNano = (ulong)PprofEncoder.UnixNanoseconds(data.Start),
            DurationNano = (ulong)(data.Duration.Ticks * TimeSpan.NanosecondsPerTick),
            ProfileId = ByteString.CopyFrom(Guid.NewGuid().ToByteArray()),
        };
        if (data.Comments.Length > 0)
        {
            profile.AttributeIndices.Add(_dictionary.Attribute("pprof.profile.comment", string.Join('\n', data.Comments)));
        }

        return profile;
    }

    private Wire.ValueType Type((string Type, string Unit) type) =>
        new() { TypeStrindex = _dictionary.String(type.Type), UnitStrindex = _dictionary.String(type.Unit) };
}

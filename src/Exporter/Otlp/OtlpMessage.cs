using Google.Protobuf;
using SelfProfiler.Encode;
using SelfProfiler.Exporter.Otlp.Wire;
using SelfProfiler.Exporter.Series;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>One request: a slice of a profile, as one OTLP profile for each of its values.</summary>
internal sealed class OtlpMessage
{
    private readonly ProfileData _data;
    private readonly OtlpDictionary _dictionary;
    private readonly int[] _setOf;
    private readonly List<(int[] Attributes, int Link)> _sets = [];

    private OtlpMessage(ProfileData data, BoundedLabels bounds)
    {
        _data = data;
        _dictionary = new OtlpDictionary(data);
        _setOf = new int[data.LabelSets.Length];
        var known = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var set = 0; set < _setOf.Length; set++)
        {
            var (attributes, link) = Convert(data.LabelSets[set], bounds);
            var key = $"{link}:{string.Join(',', attributes)}";
            if (!known.TryGetValue(key, out _setOf[set]))
            {
                _setOf[set] = _sets.Count;
                known.Add(key, _sets.Count);
                _sets.Add((attributes, link));
            }
        }
    }

    public static ExportProfilesServiceRequest Build(ProfileData slice, Resource resource, BoundedLabels bounds)
    {
        var message = new OtlpMessage(slice, bounds);
        var scope = new ScopeProfiles
        {
            // Parca shows the scope's name as the profile's.
            Scope = new InstrumentationScope
            {
                Name = SeriesLabels.NameOf(slice.Kind),
                Version = typeof(OtlpMessage).Assembly.GetName().Version?.ToString(3) ?? "",
            },
        };
        scope.Profiles.AddRange(message.Profiles());
        return new ExportProfilesServiceRequest
        {
            ResourceProfiles = { new ResourceProfiles { Resource = resource, ScopeProfiles = { scope } } },
            Dictionary = message._dictionary.Finish(),
        };
    }

    private IEnumerable<Wire.Profile> Profiles()
    {
        // The identity of a sample is its stack, attributes and link; a profile holds each once.
        var rows = new Dictionary<(int Stack, int Set), (long Count, long Value)>(_data.Samples.Length);
        foreach (var sample in _data.Samples)
        {
            var key = (_dictionary.Stack(sample.LeafNode), _setOf[sample.LabelSet]);
            rows.TryGetValue(key, out var sum);
            rows[key] = (sum.Count + sample.Count, sum.Value + sample.Value);
        }

        for (var type = 0; type < _data.SampleTypes.Length; type++)
        {
            var profile = Head(_data.SampleTypes[type]);
            foreach (var ((stack, set), (count, value)) in rows)
            {
                if ((type == 0 ? count : value) is > 0 and var shown)
                {
                    var sample = new Sample { StackIndex = stack, LinkIndex = _sets[set].Link, Values = { shown } };
                    sample.AttributeIndices.AddRange(_sets[set].Attributes);
                    profile.Samples.Add(sample);
                }
            }

            // Receivers refuse a profile without samples.
            if (profile.Samples.Count > 0)
            {
                yield return profile;
            }
        }
    }

    private Wire.Profile Head((string Type, string Unit) type)
    {
        var profile = new Wire.Profile
        {
            SampleType = Type(type),
            PeriodType = Type(_data.PeriodType),
            Period = Math.Max(1, _data.Period),
            TimeUnixNano = (ulong)PprofEncoder.UnixNanoseconds(_data.Start),
            DurationNano = (ulong)(_data.Duration.Ticks * TimeSpan.NanosecondsPerTick),
            ProfileId = ByteString.CopyFrom(Guid.NewGuid().ToByteArray()),
        };
        if (_data.Comments.Length > 0)
        {
            profile.AttributeIndices.Add(_dictionary.Attribute("pprof.profile.comment", string.Join('\n', _data.Comments)));
        }

        return profile;
    }

    private Wire.ValueType Type((string Type, string Unit) type) =>
        new() { TypeStrindex = _dictionary.String(type.Type), UnitStrindex = _dictionary.String(type.Unit) };

    private (int[] Attributes, int Link) Convert(KeyValuePair<string, string>[] set, BoundedLabels bounds)
    {
        var attributes = new List<int>(set.Length);
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
                attributes.Add(_dictionary.Attribute(bounded.Key, bounded.Value));
            }
        }

        return ([.. attributes], _dictionary.Link(trace, span));
    }
}

namespace SelfProfiler.Exporter.Series;

/// <summary>Keeps what a server must index bounded: a few keys, and of each the first values met; the rest becomes <c>other</c>.</summary>
/// <remarks>Bounded for the life of the process, not per profile: a server keeps every series it ever saw. One thread at a time.</remarks>
internal sealed class BoundedLabels(int maxValues)
{
    public const string Other = "other";

    private const int MostKeys = 8;
    private const int LongestValue = 256;

    private readonly Dictionary<string, HashSet<string>> _values = new(StringComparer.Ordinal);

    // Written by the destination's worker, read by whoever shows the status.
    private long _keysOut;
    private long _valuesOut;
    private volatile string _firstKeyOut = "";
    private volatile string _firstValueOut = "";

    /// <summary>What was left out, in label sets of profiles: the same label of the next profile counts again.</summary>
    public IReadOnlyList<ExporterLoss> Losses =>
    [
        new("labels left out", Interlocked.Read(ref _keysOut), $"label {_firstKeyOut} and others that came after the first {MostKeys} keys. Collect fewer labels."),
        new("label values merged", Interlocked.Read(ref _valuesOut), $"values of label {_firstValueOut} beyond {maxValues} become \"{Other}\". Raise MaxLabelValues, or collect a label with fewer values."),
    ];

    /// <summary>Identifies a request and is kept with each sample: servers treat these two apart from all other labels.</summary>
    public static bool IsIdentity(string key) => key is "trace_id" or "span_id";

    /// <returns>False when the label is beyond the number of keys and has to go.</returns>
    public bool TryBound(KeyValuePair<string, string> label, out KeyValuePair<string, string> bounded)
    {
        bounded = label;
        if (!_values.TryGetValue(label.Key, out var known))
        {
            if (_values.Count == MostKeys)
            {
                _firstKeyOut = _firstKeyOut.Length == 0 ? label.Key : _firstKeyOut;
                Interlocked.Increment(ref _keysOut);
                return false;
            }

            _values.Add(label.Key, known = new HashSet<string>(StringComparer.Ordinal));
        }

        var value = label.Value.Length > LongestValue ? label.Value[..LongestValue] : label.Value;
        if (!known.Contains(value))
        {
            if (known.Count >= maxValues)
            {
                _firstValueOut = _firstValueOut.Length == 0 ? label.Key : _firstValueOut;
                Interlocked.Increment(ref _valuesOut);
                value = Other;
            }
            else
            {
                known.Add(value);
            }
        }

        bounded = KeyValuePair.Create(label.Key, value);
        return true;
    }
}

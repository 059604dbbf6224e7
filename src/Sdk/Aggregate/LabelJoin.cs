using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using SelfProfiler.Labels;

namespace SelfProfiler.Aggregate;

/// <summary>How numbers of requests, routes and label sets become text.</summary>
/// <param name="Request">What is known of a request now, null when its slot was taken over.</param>
/// <param name="Route">Text of a route id, null for none.</param>
/// <param name="LabelSet">Pairs of a label set.</param>
internal sealed record LabelTexts(
    Func<RequestId, RequestInfo?> Request,
    Func<int, string?> Route,
    Func<int, IReadOnlyList<KeyValuePair<string, string>>> LabelSet)
{
    /// <summary>Name of the trigger a sample was taken under; null for none.</summary>
    public Func<SampleFlags, string?> Trigger { get; init; } = static _ => null;

    /// <summary>Told how many rows of an answer stand without trace and span, because there were too many.</summary>
    public Action<long> Cut { get; init; } = static _ => { };
}

/// <summary>Makes the labels of rows and says which rows the filter keeps. What was learnt of a request after sealing is joined here.</summary>
internal sealed class LabelJoin(ProfileFilter filter, LabelTexts names)
{
    private readonly Dictionary<(LabelRef, int, SampleFlags), int> _known = [];
    private readonly Dictionary<string, int> _byText = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, string>[]> _sets = [[]];
    private readonly List<string?> _roots = [null];
    private readonly UInt128? _trace = filter.TraceId is { } text && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var trace) ? trace : null;
    private readonly ulong? _span = ulong.TryParse(filter.SpanId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong span) ? span : null;
    private Dictionary<RequestId, RequestInfo> _requests = [];
    private LabelTexts _texts = null!; // of the window
    private SealedWindow _window = null!;

    /// <summary>Rows that are not told apart by trace and span any more, because there are too many.</summary>
    public long Cut { get; private set; }

    public KeyValuePair<string, string>[][] Sets() => [.. _sets];

    /// <summary>For each set the span id of its request's local root, which backends link profiles by; null for none.</summary>
    public string?[] Roots() => [.. _roots];

    public void Begin(SealedWindow window)
    {
        _known.Clear();
        _texts = window.Texts ?? names;
        if (!filter.NeedsRequests)
        {
            return;
        }

        _window = window;
        _requests = [];
        foreach (ref readonly var request in window.Requests.AsSpan())
        {
            if (request.Id.Generation == RequestId.OfIndex)
            {
                continue; // found by its index
            }

            _requests[request.Id] = request.Ended ? request : names.Request(request.Id) ?? request;
        }
    }

    /// <returns>Index of the row's labels, -1 when the filter leaves the row out.</returns>
    public int Find(in SealedRow row)
    {
        if (filter.WithoutLabels && filter.Labels.Count == 0)
        {
            return !filter.NeedsRequests || Matches(row) ? 0 : -1; // most questions of the page: no label is made
        }

        ref int index = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _known, (row.Label, row.Route, row.Flags & (SampleFlags.AfterRequest | SampleFlags.TriggerMask)), out bool known);
        if (!known)
        {
            index = Make(row);
        }

        return index;
    }

    private int Make(in SealedRow row)
    {
        bool hasRequest = TryGetRequest(row.Label.Request, out var request);
        if (filter.MinDuration is { } least && (!hasRequest || DurationOf(request) < least))
        {
            return -1;
        }

        if (_trace is { } wanted && (!hasRequest || wanted != new UInt128(request.TraceIdHigh, request.TraceIdLow)))
        {
            return -1; // most rows of a long interval: not worth their labels
        }

        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in _texts.LabelSet(row.Label.LabelSet))
        {
            labels[key] = value;
        }

        int route = row.Route;
        if (hasRequest)
        {
            route = request.Route;
            foreach (var (key, value) in _texts.LabelSet(request.LabelSet))
            {
                labels.TryAdd(key, value);
            }

            if ((request.TraceIdHigh | request.TraceIdLow) != 0)
            {
                labels[LabelNames.TraceId] = $"{request.TraceIdHigh:x16}{request.TraceIdLow:x16}";
            }

            ulong span = SpanOf(row, request);
            if (span != 0)
            {
                labels[LabelNames.SpanId] = $"{span:x16}";
            }
        }

        if (_texts.Route(route) is { Length: > 0 } text)
        {
            labels[LabelNames.Route] = text;
        }

        if ((row.Flags & SampleFlags.AfterRequest) != 0)
        {
            labels[LabelNames.AfterRequest] = "true";
        }

        if (_texts.Trigger(row.Flags) is { } trigger)
        {
            labels[LabelNames.Trigger] = trigger;
        }

        if (_sets.Count >= Limits.AnswerLabelSets && Keeps(labels))
        {
            Cut++;
            labels.Remove(LabelNames.TraceId);
            labels.Remove(LabelNames.SpanId);
            return filter.WithoutLabels ? 0 : Intern(labels, null);
        }

        return !Keeps(labels) ? -1 : filter.WithoutLabels ? 0 : Intern(labels, hasRequest && request.RootSpanId != 0 ? $"{request.RootSpanId:x16}" : null);
    }

    private bool Matches(in SealedRow row)
    {
        bool hasRequest = TryGetRequest(row.Label.Request, out var request);
        return (filter.MinDuration is not { } least || (hasRequest && DurationOf(request) >= least))
            && (_trace is not { } trace || (hasRequest && trace == new UInt128(request.TraceIdHigh, request.TraceIdLow)))
            && (_span is not { } span || (hasRequest && span == SpanOf(row, request)))
            && (filter.Route is null || string.Equals(_texts.Route(hasRequest ? request.Route : row.Route), filter.Route, StringComparison.Ordinal));
    }

    // A request without an activity has one span, of our own.
    private static ulong SpanOf(in SealedRow row, in RequestInfo request) => row.Label.SpanId != 0 ? row.Label.SpanId : request.RootSpanId;

    private bool TryGetRequest(RequestId id, out RequestInfo request)
    {
        if (id.Generation == RequestId.OfIndex && (uint)id.Slot < (uint)_window.Requests.Length)
        {
            request = _window.Requests[id.Slot];
            return true;
        }

        return _requests.TryGetValue(id, out request);
    }

    private static TimeSpan DurationOf(in RequestInfo request)
    {
        long end = request.Ended ? request.End : Stopwatch.GetTimestamp();
        return TimeSpan.FromTicks((end - request.Start) / 100);
    }

    private bool Keeps(SortedDictionary<string, string> labels)
    {
        foreach (var (key, value) in filter.Labels)
        {
            if (!Is(labels, key, value))
            {
                return false;
            }
        }

        return Is(labels, LabelNames.TraceId, filter.TraceId?.ToLowerInvariant()) && Is(labels, LabelNames.SpanId, filter.SpanId?.ToLowerInvariant()) && Is(labels, LabelNames.Route, filter.Route);

        static bool Is(SortedDictionary<string, string> labels, string key, string? wanted) =>
            wanted is null || (labels.TryGetValue(key, out string? value) && string.Equals(value, wanted, StringComparison.Ordinal));
    }

    private int Intern(SortedDictionary<string, string> labels, string? root)
    {
        if (labels.Count == 0)
        {
            return 0;
        }

        string text = string.Join('\0', labels.Select(pair => pair.Key + "\0" + pair.Value));
        if (!_byText.TryGetValue(text, out int index))
        {
            index = _sets.Count;
            _sets.Add([.. labels]);
            _roots.Add(root);
            _byText[text] = index;
        }

        return index;
    }
}

namespace SelfProfiler.Labels;

/// <summary>Keys of the labels that are always there.</summary>
internal static class LabelNames
{
    public const string TraceId = "trace_id";
    public const string SpanId = "span_id";
    public const string Route = "route";
    public const string AfterRequest = "after_request";

    /// <summary>What made the profiler sample more while this was sampled.</summary>
    public const string Trigger = "trigger";

    /// <summary>The one label of a set beyond <see cref="LabelOptions.MaxLabelSets"/>.</summary>
    public const string Overflow = "overflow";

    public static bool IsReserved(string key) => key is TraceId or SpanId or Route or AfterRequest or Trigger or Overflow;
}

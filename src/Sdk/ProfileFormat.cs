namespace SelfProfiler;

/// <summary>File formats a profile can be written in.</summary>
public enum ProfileFormat
{
    /// <summary>Gzipped pprof: everything, for <c>go tool pprof</c> and every backend.</summary>
    Pprof,

    /// <summary>Folded stacks, <c>root;frame;leaf value</c>: text for flame-graph tools; without labels.</summary>
    Folded,

    /// <summary>A speedscope file; without labels.</summary>
    Speedscope,
}

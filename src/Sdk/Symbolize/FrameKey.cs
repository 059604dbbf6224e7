namespace SelfProfiler.Symbolize;

/// <summary>A frame before it has a name: a method's body and an address in it, an unknown address, or a synthetic name such as <c>[gc]</c>.</summary>
internal readonly record struct FrameKey(MethodBody? Body, ulong Address, string? Synthetic)
{
    public static FrameKey OfName(string name) => new(null, 0, name);
}

/// <summary>A frame as it is shown.</summary>
/// <param name="Function">C# name, native symbol or synthetic name.</param>
/// <param name="File">Source file, empty when unknown.</param>
/// <param name="Line">Source line, 0 when unknown.</param>
/// <param name="Module">Assembly or library name without extension, empty for synthetic frames.</param>
/// <param name="Identity">Stable for the life of the process: the same function and line give the same number, never 0. Becomes the pprof address.</param>
/// <param name="StartLine">First line of the method, 0 when unknown.</param>
internal sealed record Frame(string Function, string File, int Line, string Module, ulong Identity, int StartLine = 0);

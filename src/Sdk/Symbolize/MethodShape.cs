namespace SelfProfiler.Symbolize;

/// <summary>What the metadata says of a method that the runtime's strings do not: the names of type parameters, and the method in the source behind a state machine.</summary>
/// <param name="TypeParameters">Declared names, those of outer types first; empty for types that are not generic.</param>
/// <param name="MethodArguments">Declared names of the method's own parameters.</param>
/// <param name="Parameters">In C#.</param>
/// <param name="Return">In C#.</param>
/// <param name="IsKickoff">The rest describes the async method or iterator in the source, not the state machine's member asked for.</param>
internal sealed record MethodShape(
    IReadOnlyList<string> TypeParameters,
    IReadOnlyList<string> MethodArguments,
    IReadOnlyList<string> Parameters,
    string Return,
    bool IsKickoff);

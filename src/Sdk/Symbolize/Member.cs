namespace SelfProfiler.Symbolize;

/// <summary>What a member's name is completed with.</summary>
/// <param name="Type">Short name of the declaring type, for constructors.</param>
/// <param name="Generics">Type parameters of the method itself.</param>
/// <param name="Parameters">In C#; null when they are not known.</param>
/// <param name="Result">In C#; empty when not known.</param>
/// <param name="IsInstance">Not static.</param>
internal readonly record struct Member(
    string Type,
    IReadOnlyList<string> Generics,
    IReadOnlyList<string>? Parameters,
    string Result,
    bool IsInstance)
{
    public string GenericList => Generics.Count == 0 ? "" : $"<{string.Join(", ", Generics)}>";

    public string ParameterList => Parameters is null ? "(...)" : $"({string.Join(", ", Parameters)})";
}

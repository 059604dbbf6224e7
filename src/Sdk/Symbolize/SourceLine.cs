namespace SelfProfiler.Symbolize;

/// <summary>Where in the source an instruction comes from.</summary>
/// <param name="File">As the compiler wrote it.</param>
/// <param name="Line">Of the instruction; the method's first line when its place in the IL is not known.</param>
/// <param name="StartLine">First line of the method.</param>
internal readonly record struct SourceLine(string File, int Line, int StartLine);

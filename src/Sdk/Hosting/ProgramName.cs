using System.Reflection;

namespace SelfProfiler.Hosting;

/// <summary>Name of the program, as profiles show it.</summary>
internal static class ProgramName
{
    public static string Value { get; } =
        Assembly.GetEntryAssembly()?.GetName().Name ?? Path.GetFileNameWithoutExtension(Environment.ProcessPath) ?? "unknown";
}

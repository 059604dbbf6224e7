namespace SelfProfiler.Symbolize;

/// <summary>Finds, without opening one, modules that have no source lines to offer: the shared framework's without PDBs, and this library. Not on the pump: it asks the file system.</summary>
/// <remarks>Half of the IL maps of a process that has just started are of code that the JIT makes of these.</remarks>
internal sealed class LinelessModules(string ownPath, string coreLibrary)
{
    private readonly string? _framework = FrameworkOf(coreLibrary);

    /// <summary>Those of this process. In a bundle, which has no paths, there are none.</summary>
    public LinelessModules()
        : this(PathOf(typeof(LinelessModules)), PathOf(typeof(object)))
    {
    }

    /// <summary>Notes it at every module of which it is known; those whose path is not known yet are looked at the next time.</summary>
    public void Mark(ModuleTable modules)
    {
        for (int number = 1; number < modules.Count; number++)
        {
            if (modules[number] is { Lines: CodeModule.LineInfo.Unknown, Path.Length: > 0 } module && HasNone(module))
            {
                module.Lines = CodeModule.LineInfo.Absent;
            }
        }
    }

    private bool HasNone(CodeModule module) => module.Path == ownPath
        || (_framework is not null && module.Path.StartsWith(_framework, StringComparison.Ordinal) && !PdbLocator.Candidates(module).Any(File.Exists));

    /// <summary><c>/usr/share/dotnet/shared/</c>; null where the framework lies beside the program.</summary>
    private static string? FrameworkOf(string coreLibrary)
    {
        string? frameworks = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(coreLibrary)));
        return Path.GetFileName(frameworks) == "shared" ? frameworks + Path.DirectorySeparatorChar : null;
    }

    [System.Diagnostics.CodeAnalysis.UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Empty in a bundle, and then nothing is found.")]
    private static string PathOf(Type type) => type.Assembly.Location;
}

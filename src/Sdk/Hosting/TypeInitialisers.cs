using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.Hosting;

/// <summary>Initialises all types of the profiler before its first session.</summary>
internal static class TypeInitialisers
{
    /// <summary>What the pump uses must not be initialised by the pump: type initialisers can create event sources, and those wait for a lock the runtime holds while it waits for the pump.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Types that were trimmed away need no initialisation.")]
    [UnconditionalSuppressMessage("Trimming", "IL2059", Justification = "Initialisers of types that are kept are kept.")]
    public static void Run()
    {
        _ = ProfilerEventSource.Instance;
        foreach (var type in typeof(TypeInitialisers).Assembly.GetTypes())
        {
            if (!type.ContainsGenericParameters)
            {
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            }
        }
    }
}

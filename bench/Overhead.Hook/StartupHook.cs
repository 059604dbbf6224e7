using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using SelfProfiler.Bench.Overhead.Hook;

/// <summary>Runs in the measured program before its own code (<c>DOTNET_STARTUP_HOOKS</c>): makes blocked threads, starts and stops a peer, collects garbage, as a control file tells.</summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        var directory = Path.GetDirectoryName(typeof(StartupHook).Assembly.Location)!;
        AssemblyLoadContext.Default.Resolving += (context, name) =>
        {
            var file = Path.Combine(directory, name.Name + ".dll");
            return File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
        };
        Start();
    }

    // Not inlined: the types behind it may only be looked for once they can be found.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Start()
    {
        BlockedThreads.Start(Environment.GetEnvironmentVariable("OVERHEAD_BLOCKED_THREADS"));
        if (Environment.GetEnvironmentVariable("OVERHEAD_CONTROL") is { Length: > 0 } file)
        {
            new ControlFile(file).Start();
        }
    }
}

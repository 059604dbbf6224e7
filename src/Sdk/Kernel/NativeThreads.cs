namespace SelfProfiler.Kernel;

/// <summary>What a thread of the runtime works at.</summary>
internal enum NativeThreadKind
{
    /// <summary>The application's, the pool's, or unknown.</summary>
    Other,

    /// <summary>Collects garbage.</summary>
    Gc,

    /// <summary>Compiles methods again in the background.</summary>
    Jit,

    /// <summary>Runs finalizers.</summary>
    Finalizer,

    /// <summary>Serves diagnostics: event streams, debugger, tiering timers.</summary>
    Diagnostics,
}

/// <summary>Tells the runtime's threads by their names: where its libraries are stripped or linked into one file, nothing else tells garbage collection and compilation from the rest.</summary>
internal static class NativeThreads
{
    /// <param name="comm">The name as the kernel has it, cut at 15 bytes.</param>
    public static NativeThreadKind Of(ReadOnlySpan<char> comm) => comm.TrimEnd('\n') switch
    {
        ".NET BGC" => NativeThreadKind.Gc,
        ".NET Server GC" => NativeThreadKind.Gc,
        ".NET Tiered Com" => NativeThreadKind.Jit,
        ".NET Finalizer" => NativeThreadKind.Finalizer,
        ".NET EventPipe" or ".NET SynchManag" or ".NET DebugPipe" or ".NET SigHandler" => NativeThreadKind.Diagnostics,
        var name when name.StartsWith(".NET Server GC") || name.StartsWith(".NET BGC") => NativeThreadKind.Gc,
        var name when name.StartsWith(".NET Tiered") => NativeThreadKind.Jit,
        _ => NativeThreadKind.Other,
    };
}

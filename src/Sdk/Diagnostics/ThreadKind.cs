namespace SelfProfiler.Diagnostics;

/// <summary>Whose work a thread does, as far as its name tells.</summary>
internal enum ThreadKind : byte
{
    /// <summary>The application: its own threads, the pool, timers, and whatever has no name we know.</summary>
    App,

    /// <summary>Garbage collection on threads of its own.</summary>
    Gc,

    /// <summary>Compilation in the background.</summary>
    Jit,

    /// <summary>Other threads of the runtime: finalizer, signals, sockets engine, debugger.</summary>
    Runtime,

    /// <summary>The runtime's event threads: its IPC server, its sampler, one writer for each session, a foreign tool's included.</summary>
    EventPipe,

    /// <summary>The profiler's own threads.</summary>
    Own,
}

/// <summary>Tells a thread's kind from its name, which Linux cuts at 15 bytes.</summary>
internal static class ThreadNames
{
    /// <summary>Every thread of the profiler has a name that begins with this.</summary>
    public const string OwnPrefix = "SelfProfiler";

    // Checked on .NET 10.0.12: the diagnostic server, the sampler and every session's writer share one name.
    public static ThreadKind KindOf(ReadOnlySpan<byte> name)
    {
        if (name.StartsWith("SelfProfiler"u8))
        {
            return ThreadKind.Own;
        }

        if (!name.StartsWith(".NET "u8))
        {
            return ThreadKind.App;
        }

        var rest = name[5..];
        return rest.StartsWith("EventPipe"u8) || rest.StartsWith("Sampl"u8) ? ThreadKind.EventPipe
            : rest.StartsWith("BGC"u8) || rest.StartsWith("Server GC"u8) ? ThreadKind.Gc
            : rest.StartsWith("Tiered"u8) ? ThreadKind.Jit
            : rest.StartsWith("TP "u8) || rest.StartsWith("Timer"u8) || rest.StartsWith("Long"u8) ? ThreadKind.App
            : ThreadKind.Runtime;
    }
}

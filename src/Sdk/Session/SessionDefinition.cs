namespace SelfProfiler.Session;

/// <summary>One provider of a session. A session takes each provider once: a second entry is ignored by the runtime.</summary>
/// <param name="Name">Name of the provider.</param>
/// <param name="Keywords">Which groups of events.</param>
/// <param name="Level">4 informational, 5 verbose.</param>
/// <param name="Events">Only these event ids, where the runtime can filter (.NET 10); empty: all.</param>
internal sealed record SessionProvider(string Name, ulong Keywords, uint Level, params int[] Events);

/// <summary>What a session asks the runtime for.</summary>
internal sealed record SessionDefinition(SessionKind Kind, SessionProvider Provider)
{
    public const string Runtime = "Microsoft-Windows-DotNETRuntime";
    public const string Sampler = "Microsoft-DotNETCore-SampleProfiler";

    private const ulong GcKeyword = 0x1;
    private const ulong LoaderKeyword = 0x8;
    private const ulong JitKeyword = 0x10;
    private const ulong PrecompiledKeyword = 0x20;
    private const ulong EndKeyword = 0x100;
    private const ulong ContentionKeyword = 0x4000;
    private const ulong ExceptionKeyword = 0x8000;
    private const ulong ILMapKeyword = 0x20000;
    private const ulong CompilationDiagnosticKeyword = 0x2000000000;
    private const ulong WaitKeyword = 0x40000000000;
    private const ulong AllocationKeyword = 0x80000000000;
    private const uint Informational = 4;
    private const uint Verbose = 5;

    /// <summary>Providers beside the first.</summary>
    public SessionProvider[] More { get; init; } = [];

    /// <summary>What the runtime lists when the session stops; 0: nothing.</summary>
    public ulong RundownKeywords { get; init; }

    /// <summary>Whether events carry the stack of the thread that wrote them: what most of an event costs.</summary>
    public bool Stacks { get; init; } = true;

    /// <summary>Ceiling of the runtime's buffers. Pages are touched only when events wait to be read.</summary>
    public int BufferMegabytes { get; init; } = 16;

    public static SessionDefinition For(SessionKind kind) => kind switch
    {
        SessionKind.Methods => Methods,
        SessionKind.Rundown => Rundown,
        SessionKind.Gc => Gc(allocations: true, exceptions: true),
        SessionKind.Contention => Contention,
        SessionKind.Waits => Waits,
        SessionKind.Ticks => Ticks,
        SessionKind.Trace => Trace,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such session."),
    };

    // Loads and unloads of methods and modules with their names (143, 144, 152, 153), IL maps (190), and the entry points of
    // precompiled methods when they are first called (159): 3 to 5 µs each, once, instead of another rundown.
    public static SessionDefinition Methods { get; } = new(
        SessionKind.Methods,
        new SessionProvider(Runtime, LoaderKeyword | JitKeyword | PrecompiledKeyword | ILMapKeyword | CompilationDiagnosticKeyword, Verbose, 143, 144, 152, 153, 159, 190))
    {
        Stacks = false,
    };

    // The provider is one that nobody writes: the rundown itself does not need any. The runtime collects the whole rundown
    // in its buffers before it sends it, and drops what does not fit: hence the large ceiling, used for a moment.
    public static SessionDefinition Rundown { get; } = new(
        SessionKind.Rundown,
        new SessionProvider("SelfProfiler-Rundown", 0, Informational))
    {
        RundownKeywords = LoaderKeyword | JitKeyword | PrecompiledKeyword | EndKeyword | ILMapKeyword,
        Stacks = false,
        BufferMegabytes = 128,
    };

    // Contention start and stop (81, 91).
    public static SessionDefinition Contention { get; } = new(
        SessionKind.Contention,
        new SessionProvider(Runtime, ContentionKeyword, Informational, 81, 91));

    // Wait start and stop (301, 302). Verbose, hence never together with the GC keyword.
    public static SessionDefinition Waits { get; } = new(
        SessionKind.Waits,
        new SessionProvider(Runtime, WaitKeyword, Verbose, 301, 302));

    public static SessionDefinition Ticks { get; } = new(
        SessionKind.Ticks,
        new SessionProvider(Sampler, 0, Informational));

    // What "dotnet-trace collect --profile cpu-sampling" asks for, and the rundown it asks for: its readers expect no less.
    // https://github.com/dotnet/diagnostics/blob/main/src/Tools/dotnet-trace/CommandLine/Commands/ListProfilesCommandHandler.cs
    public static SessionDefinition Trace { get; } = new(
        SessionKind.Trace,
        new SessionProvider(Sampler, 0xF00000000000, Informational))
    {
        More = [new SessionProvider(Runtime, 0x14C14FCCBD, Informational)],
        RundownKeywords = 0x80020139,
        BufferMegabytes = 128,
    };

    /// <summary>Collections (1, 2), suspensions (3, 7, 8, 9) and heap sizes (4) always; allocations (303) and exceptions (80) by choice.</summary>
    public static SessionDefinition Gc(bool allocations, bool exceptions) => new(
        SessionKind.Gc,
        new SessionProvider(
            Runtime,
            GcKeyword | (allocations ? AllocationKeyword : 0) | (exceptions ? ExceptionKeyword : 0),
            Informational,
            1, 2, 3, 4, 7, 8, 9, 80, 303));

    /// <summary>For runtimes without sampled allocations: one tick (10) per 100 KB. Verbose: a runtime that cannot filter sends many more events than wanted.</summary>
    public static SessionDefinition GcWithAllocationTicks(bool exceptions) => new(
        SessionKind.Gc,
        new SessionProvider(
            Runtime,
            GcKeyword | (exceptions ? ExceptionKeyword : 0),
            Verbose,
            1, 2, 3, 4, 7, 8, 9, 10, 80));
}

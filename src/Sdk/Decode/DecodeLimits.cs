namespace SelfProfiler.Decode;

/// <summary>Every bound of the decoder in one place. What is over a bound is counted in <see cref="DecodeCounters"/>.</summary>
internal static class DecodeLimits
{
    /// <summary>The runtime's blocks are at most 100 KB (a sequence point: 12 bytes per thread); larger ones are skipped unread.</summary>
    public const int MaxBlockBytes = 1 << 20;

    /// <summary>A size beyond this is no block at all: the framing is lost.</summary>
    public const int MaxPlausibleBlockBytes = 1 << 28;

    /// <summary>The longest type name of the format has 13 characters.</summary>
    public const int MaxTypeNameBytes = 64;

    /// <summary>Kinds of events per connection; the runtime's own providers have about 300.</summary>
    public const int MaxMetadata = 4_096;

    /// <summary>Longer provider names are cut.</summary>
    public const int MaxProviderNameChars = 128;

    /// <summary>Distinct stacks between two sequence points. The runtime makes one after 10 MB of buffers, about 12,000 stacks of full depth.</summary>
    public const int MaxStacks = 65_536;

    /// <summary>Addresses of all those stacks: 8 MB.</summary>
    public const int MaxStackAddresses = 1 << 20;

    /// <summary>The depth at which the runtime cuts a stack (EP_MAX_STACK_DEPTH).</summary>
    public const int RuntimeStackDepth = 100;

    /// <summary>Threads whose sequence numbers or open pairs are remembered.</summary>
    public const int MaxThreads = 4_096;

    /// <summary>Pairs of one thread that may be open inside one another: a wait for a monitor that contends for it when it wakes has three.</summary>
    public const int MaxPairDepth = 4;
}

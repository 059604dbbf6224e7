using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>Puts back what a walk along frame pointers misses: the callers of methods without a frame, and the managed part above native code that uses the frame pointer for something else. Pump only.</summary>
internal sealed class StackRepair(PerfAbi abi, Func<ulong, MethodBody?> find, KernelCounters counters) : IDisposable
{
    /// <summary>Frames added to one stack at most.</summary>
    public const int MaxAdded = 64;

    /// <summary>Bits 7 to 9 of a method's flags hold its tier; this one is code that a running loop was moved into (on-stack replacement).</summary>
    private const uint ReplacedOnStack = 5;

    private readonly SafeMemory _memory = new();
    private readonly CodeRanges _ranges = new();
    private readonly ulong[] _result = new ulong[127 + MaxAdded];
    private StackWalk? _walk;

    /// <param name="chain">The user part of the chain, leaf first, with room for <see cref="MaxAdded"/> more.</param>
    /// <param name="count">How many addresses it has.</param>
    /// <param name="sample">Its registers and stack.</param>
    /// <param name="truncated">Set when the root was lost.</param>
    /// <returns>How many addresses it has afterwards.</returns>
    public int Repair(Span<ulong> chain, int count, in PerfSample sample, ref bool truncated)
    {
        if (count == 0)
        {
            return 0;
        }

        // A method replaced on the stack may still stand there twice: whoever interns the stack, of whatever source, takes one of them away.
        return abi.LinkIndex >= 0 ? InsertLink(chain, count, sample.Registers[abi.LinkIndex])
            : sample.Stack.IsEmpty ? count
            : Walk(chain, count, sample, ref truncated);
    }

    /// <summary>The code of a method that moved into it while it ran.</summary>
    public static bool IsReplacedOnStack(MethodBody body) => ((body.Flags >> 7) & 7) == ReplacedOnStack;

    public void Dispose() => _memory.Dispose();

    private int Walk(Span<ulong> chain, int count, in PerfSample sample, ref bool truncated)
    {
        _walk ??= new StackWalk(find, new MethodFrames(_memory), _ranges);
        var stack = new UserStack(sample.Registers[abi.StackIndex], sample.Stack);
        var outcome = _walk.Run(chain[..count], stack, sample.Registers[abi.FrameIndex], _result, out var length);
        counters.Callers += outcome.Callers;
        counters.Chains += outcome.Chain ? 1 : 0;
        counters.Rootless += outcome.Rootless ? 1 : 0;
        if (outcome.Broken)
        {
            counters.Unrepaired++;

            // Perhaps code was mapped since the ranges were read.
            _ranges.Refresh();
        }

        truncated |= outcome.Rootless;
        length = Math.Min(length, chain.Length);
        _result.AsSpan(0, length).CopyTo(chain);
        return length;
    }

    /// <summary>arm64: calls leave the return address in a register, and a leaf without a frame leaves it there. Reviewed, never run.</summary>
    private int InsertLink(Span<ulong> chain, int count, ulong link)
    {
        // A leaf that has a frame keeps its return address in the chain too; inside a method the register may hold a stale address of the method itself.
        if (link == 0 || (count > 1 && chain[1] == link) || count == chain.Length || find(link - 4) is not { } caller)
        {
            return count;
        }

        var leaf = find(chain[0]);
        if (leaf is not null && (ReferenceEquals(leaf, caller) || !Arm64Code.HoldsReturnInLink(_memory, leaf, chain[0])))
        {
            return count;
        }

        chain[1..count].CopyTo(chain[2..]);
        chain[1] = link;
        counters.Callers++;
        return count + 1;
    }
}

using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>A managed frame found on a copied stack: the address to return to, the stack pointer there, and its frame pointer.</summary>
internal readonly record struct ManagedFrame(ulong ReturnAddress, ulong Stack, ulong Frame);

/// <summary>Finds the managed caller of native code that keeps no frame pointer. Pump only; x86-64.</summary>
/// <remarks>
/// In the body of a framed method the stack pointer is RBP minus a constant that stands in its prologue, so a return address
/// into it lies at exactly one distance from its RBP. That identifies a frame without knowing anything of the runtime.
/// Methods that allocate on the stack break the rule; for those the runtime's InlinedCallFrame is looked for, whose layout is
/// internal (vm/frames.h, checked on .NET 10): identifier 1, next frame, datum, stack pointer at the call, return address, frame pointer.
/// </remarks>
internal sealed class ManagedFrameSearch(Func<ulong, MethodBody?> find, MethodFrames frames, CodeRanges ranges)
{
    /// <summary>Words looked at between a native frame and the managed frame pointer above it.</summary>
    private const int MaxWords = 256;

    private const ulong InlinedCallFrame = 1;
    private const ulong NoMoreFrames = ulong.MaxValue;

    private readonly bool _layoutKnown = Environment.Version.Major == 10;

    /// <summary>The frame pointer is intact but belongs to the managed caller: the native code in between has no frame of its own.</summary>
    public bool TryBelow(in UserStack stack, ulong pointer, ulong frame, out ManagedFrame found)
    {
        var end = Math.Min(Math.Min(frame, stack.End), pointer + (MaxWords * 8));
        for (var at = pointer; at < end && stack.TryRead(at, out var word); at += 8)
        {
            if (ManagedCode(word, stack) is { } body && IsLink(body, at, frame))
            {
                found = new ManagedFrame(word, at + 8, frame);
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>The frame pointer was used for something else: searches the whole copy.</summary>
    public bool TryAnywhere(in UserStack stack, ulong pointer, out ManagedFrame found) =>
        TryByPrologue(stack, pointer, out found) || (_layoutKnown && TryInlinedCallFrame(stack, pointer, out found));

    /// <summary>A return address at <paramref name="at"/> into <paramref name="caller"/> fits the frame pointer.</summary>
    public bool IsLink(MethodBody caller, ulong at, ulong frame) =>
        frames.Of(caller) is { Framed: true } shape && at + 8 + (ulong)shape.FrameToStack == frame;

    private bool TryByPrologue(in UserStack stack, ulong pointer, out ManagedFrame found)
    {
        for (var at = pointer; stack.TryRead(at, out var word); at += 8)
        {
            if (ManagedCode(word, stack) is not { } body || frames.Of(body) is not { Framed: true } shape)
            {
                continue;
            }

            var frame = at + 8 + (ulong)shape.FrameToStack;
            if (stack.TryRead(frame, out var callerFrame) && stack.TryRead(frame + 8, out var callerReturn) && IsPlausibleCaller(frame, callerFrame, callerReturn))
            {
                found = new ManagedFrame(word, at + 8, frame);
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>A word that looks like a return address may be left over from an earlier call: its frame must lead on to another one.</summary>
    private bool IsPlausibleCaller(ulong frame, ulong callerFrame, ulong callerReturn)
    {
        if (find(callerReturn - 1) is { } caller && frames.Of(caller).Framed)
        {
            return IsLink(caller, frame + 8, callerFrame) || (UserStack.IsPlausibleFrame(callerFrame, frame + 16) && ranges.Contains(callerReturn));
        }

        return ranges.Contains(callerReturn) && (callerFrame == 0 || UserStack.IsPlausibleFrame(callerFrame, frame + 16));
    }

    private bool TryInlinedCallFrame(in UserStack stack, ulong pointer, out ManagedFrame found)
    {
        for (var at = pointer; stack.TryRead(at + 40, out var frame); at += 8)
        {
            if (stack.TryRead(at, out var identifier) && identifier == InlinedCallFrame
                && stack.TryRead(at + 8, out var next) && (next == NoMoreFrames || UserStack.IsPlausibleFrame(next, at + 8))
                && stack.TryRead(at + 24, out var callStack) && callStack > pointer && callStack < stack.End
                && stack.TryRead(at + 32, out var returnAddress) && find(returnAddress - 1) is not null
                && UserStack.IsPlausibleFrame(frame, callStack))
            {
                found = new ManagedFrame(returnAddress, callStack, frame);
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>Most words of a stack are small numbers, stack addresses or objects: sorted out before the method map is asked.</summary>
    private MethodBody? ManagedCode(ulong word, in UserStack stack) =>
        word is > 0x1_0000 and < 0x8000_0000_0000 && (word < stack.Pointer || word >= stack.End) && ranges.Contains(word)
            ? find(word - 1)
            : null;
}

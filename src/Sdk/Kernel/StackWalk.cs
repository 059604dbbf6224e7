using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>What became of one stack.</summary>
/// <param name="Callers">Missing callers put back.</param>
/// <param name="Chain">Native code had broken the chain, the managed part was found again.</param>
/// <param name="Rootless">The chain was restored as far as the copied stack goes; its root is missing.</param>
/// <param name="Broken">A caller is missing or the chain is broken, and nothing could be found.</param>
internal readonly record struct WalkOutcome(int Callers, bool Chain, bool Rootless, bool Broken);

/// <summary>Walks a copied stack beside the kernel's chain, with knowledge of where methods keep their return address. Pump only; x86-64.</summary>
internal sealed class StackWalk(Func<ulong, MethodBody?> find, MethodFrames frames, CodeRanges ranges)
{
    private readonly ManagedFrameSearch _search = new(find, frames, ranges);

    // An address is asked about when its frame is checked and again when it is walked from.
    private ulong _foundAt;
    private MethodBody? _found;

    // The walk in hand.
    private ulong[] _result = [];
    private int _length;
    private int _callers;
    private bool _chain;
    private bool _broken;
    private bool _rootless;

    /// <summary>Index in the kernel's chain of what the frame pointer leads to next; past its end once the two have parted.</summary>
    private int _next;

    public WalkOutcome Run(ReadOnlySpan<ulong> chain, in UserStack stack, ulong frame, ulong[] result, out int length)
    {
        (_result, _length, _callers, _next) = (result, 0, 0, 1);
        _chain = _broken = _rootless = false;
        _foundAt = 0;
        Emit(chain[0]);
        var state = new ManagedFrame(chain[0], stack.Pointer, frame);
        while (_length < _result.Length && Step(chain, stack, ref state))
        {
        }

        // Beyond the copied piece the kernel's chain is all there is.
        while (_next < chain.Length && _length < _result.Length)
        {
            Emit(chain[_next++]);
        }

        length = _length;
        return new WalkOutcome(_callers, _chain, _rootless, _broken);
    }

    private bool Step(ReadOnlySpan<ulong> chain, in UserStack stack, ref ManagedFrame state)
    {
        var leaf = _length == 1;
        return Find(leaf ? state.ReturnAddress : state.ReturnAddress - 1) is { } body
            ? StepManaged(chain, stack, body, leaf, ref state)
            : StepNative(chain, stack, leaf, ref state);
    }

    private bool StepManaged(ReadOnlySpan<ulong> chain, in UserStack stack, MethodBody body, bool leaf, ref ManagedFrame state)
    {
        var shape = frames.Of(body);
        var frameless = leaf ? frames.IsFrameless(body, state.ReturnAddress, out shape) : !shape.Framed;
        if (!frameless)
        {
            return StackRepair.IsReplacedOnStack(body) && TryStepReplaced(chain, stack, body, ref state) || StepByFrame(chain, stack, ref state);
        }

        var at = state.Stack + (ulong)shape.Depth;
        var frame = state.Frame;
        if (shape.SavedFrame >= 0 && !stack.TryRead(state.Stack + (ulong)shape.SavedFrame, out frame))
        {
            return End(chain, broken: true);
        }

        if (!stack.TryRead(at, out var caller) || !IsCaller(caller, at, frame))
        {
            // Not a frame we understand (on-stack replacement, a handler's funclet): the frame pointer is the better guess.
            _broken |= leaf;
            return StepByFrame(chain, stack, ref state);
        }

        if (shape.SavedFrame >= 0)
        {
            Part(chain);
        }

        if (_next < chain.Length && chain[_next] == caller)
        {
            _next++;
        }
        else
        {
            _callers++;
        }

        Emit(caller);
        state = new ManagedFrame(caller, at + 8, frame);
        return true;
    }

    /// <summary>
    /// A method that moved into better code while it ran (on-stack replacement): its frame stands below that of the old code and returns for both,
    /// so what lies where the return address should be points into the old code, and the real one is found beyond the old frame.
    /// </summary>
    private bool TryStepReplaced(ReadOnlySpan<ulong> chain, in UserStack stack, MethodBody body, ref ManagedFrame state)
    {
        if (!stack.TryRead(state.Frame, out var frame) || !stack.TryRead(state.Frame + 8, out var old)
            || Find(old - 1) is not { } before || before.MethodId != body.MethodId || frames.Of(before) is not { Framed: true } shape)
        {
            return false;
        }

        var at = state.Frame + 16 + (ulong)shape.FrameToStack + 8;
        if (!stack.TryRead(at, out var caller) || !IsCaller(caller, at, frame))
        {
            return false;
        }

        if (_next < chain.Length && chain[_next] == old)
        {
            _next++;
        }

        _callers++;
        Emit(caller);
        state = new ManagedFrame(caller, at + 8, frame);
        return true;
    }

    private bool StepNative(ReadOnlySpan<ulong> chain, in UserStack stack, bool leaf, ref ManagedFrame state)
    {
        if (!UserStack.IsPlausibleFrame(state.Frame, state.Stack) || (leaf && chain.Length > 1 && !IsCode(chain[1])))
        {
            if (_search.TryAnywhere(stack, state.Stack, out var above))
            {
                _chain = true;
                return Continue(chain, above, ref state);
            }

            // Whatever the kernel found along a pointer that is none is worth nothing, unless it ended there.
            return End(chain, broken: chain.Length > _next || leaf);
        }

        var nextIsManaged = _next < chain.Length && Find(chain[_next] - 1) is not null;
        if ((leaf || nextIsManaged) && _search.TryBelow(stack, state.Stack, state.Frame, out var caller))
        {
            _callers++;
            Emit(caller.ReturnAddress);
            state = caller;
            return true;
        }

        return StepByFrame(chain, stack, ref state);
    }

    /// <summary>The saved frame pointer and the return address lie where the frame pointer says.</summary>
    private bool StepByFrame(ReadOnlySpan<ulong> chain, in UserStack stack, ref ManagedFrame state)
    {
        if (!stack.TryRead(state.Frame, out var frame) || !stack.TryRead(state.Frame + 8, out var caller))
        {
            // With the kernel's chain at hand the rest comes from there; parted from it, the root is lost.
            _rootless |= _next > chain.Length;
            return false;
        }

        if (caller == 0 || (_next > chain.Length && !IsCode(caller)))
        {
            return false;
        }

        if (_next < chain.Length && chain[_next] == caller)
        {
            _next++;
        }
        else if (_next <= chain.Length)
        {
            // The kernel stopped here, at its limit or at a page that was not there.
            return false;
        }

        Emit(caller);
        state = new ManagedFrame(caller, state.Frame + 16, frame);
        return true;
    }

    private bool Continue(ReadOnlySpan<ulong> chain, in ManagedFrame found, ref ManagedFrame state)
    {
        Part(chain);
        Emit(found.ReturnAddress);
        state = found;
        return true;
    }

    /// <summary>From here on the kernel's chain is not used: it followed a frame pointer that was none.</summary>
    private void Part(ReadOnlySpan<ulong> chain) => _next = chain.Length + 1;

    private bool End(ReadOnlySpan<ulong> chain, bool broken)
    {
        _broken |= broken;
        _rootless |= broken;

        // Only what is code at least may stay.
        while (_next < chain.Length && IsCode(chain[_next]) && _length < _result.Length)
        {
            Emit(chain[_next++]);
        }

        Part(chain);
        return false;
    }

    private bool IsCaller(ulong caller, ulong at, ulong frame)
    {
        if (Find(caller - 1) is not { } body)
        {
            return ranges.Contains(caller);
        }

        return _search.IsLink(body, at, frame) || !frames.Of(body).Framed;
    }

    private bool IsCode(ulong address) => Find(address - 1) is not null || ranges.Contains(address);

    private void Emit(ulong address)
    {
        if (_length < _result.Length)
        {
            _result[_length++] = address;
        }
    }

    private MethodBody? Find(ulong address)
    {
        if (address != _foundAt)
        {
            (_found, _foundAt) = (find(address), address);
        }

        return _found;
    }
}

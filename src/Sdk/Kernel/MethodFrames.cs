using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>Remembers how methods lay out their stack frame, so that their code is read once. Pump only; the code is read safely, because it may have been unloaded meanwhile.</summary>
internal sealed class MethodFrames(SafeMemory memory)
{
    /// <summary>A power of two. What does not fit any more is decoded again.</summary>
    private const int Slots = 4096;

    /// <summary>A power of two.</summary>
    private const int LeafSlots = 1024;

    /// <summary>Nine pushes, a probed allocation and the frame pointer take 42 bytes.</summary>
    private const int PrologueBytes = 64;

    /// <summary>As much as an epilogue can take: an addition and eight pops.</summary>
    private const int EpilogueBytes = 24;

    private readonly MethodBody?[] _bodies = new MethodBody?[Slots];
    private readonly X64Frame[] _frames = new X64Frame[Slots];
    private readonly LeafState[] _leaves = new LeafState[LeafSlots];

    /// <returns>The frame as the body of the method sees it.</returns>
    public X64Frame Of(MethodBody body)
    {
        var slot = (int)((body.Start >> 4) ^ (body.Start >> 16)) & (Slots - 1);
        if (!ReferenceEquals(_bodies[slot], body))
        {
            Span<byte> code = stackalloc byte[PrologueBytes];
            var length = memory.Read(body.Start, code[..(int)Math.Min(PrologueBytes, body.Size)]);
            _frames[slot] = X64Code.Prologue(code[..length], length);
            _bodies[slot] = body;
        }

        return _frames[slot];
    }

    /// <summary>Where the return address is when a method was interrupted before its frame stood, after it was taken down, or when it has none.</summary>
    /// <returns>false when the frame stands: the frame pointer then leads to the return address.</returns>
    public bool IsFrameless(MethodBody body, ulong ip, out X64Frame now)
    {
        // The instructions of a hot loop are met again and again; each first time costs two system calls.
        ref var leaf = ref _leaves[(ip ^ (ip >> 10)) & (LeafSlots - 1)];
        if (leaf.Ip != ip || !ReferenceEquals(leaf.Body, body))
        {
            var frameless = Decode(body, ip, out var state);
            leaf = new LeafState(body, ip, state, frameless);
        }

        now = leaf.Frame;
        return leaf.Frameless;
    }

    private bool Decode(MethodBody body, ulong ip, out X64Frame now)
    {
        now = Of(body);
        var offset = ip - body.Start;
        if (offset < (ulong)now.Length)
        {
            Span<byte> code = stackalloc byte[PrologueBytes];
            var length = memory.Read(body.Start, code[..(int)Math.Min(PrologueBytes, body.Size)]);
            now = X64Code.Prologue(code[..length], (int)Math.Min(offset, (ulong)length));
            if (!now.Framed)
            {
                // The pushed frame pointer has not been overwritten yet.
                now = now with { SavedFrame = -1 };
                return true;
            }

            return false;
        }

        Span<byte> here = stackalloc byte[EpilogueBytes];
        var left = memory.Read(ip, here[..(int)Math.Min(EpilogueBytes, body.Size - offset)]);
        if (X64Code.IsEpilogue(here[..left], out var depth))
        {
            now = new X64Frame(false, depth, 0, -1, 0);
            return true;
        }

        return !now.Framed;
    }

    private readonly record struct LeafState(MethodBody Body, ulong Ip, X64Frame Frame, bool Frameless);
}

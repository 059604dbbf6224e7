using System.Runtime.InteropServices;
using SelfProfiler.Symbolize;

namespace SelfProfiler.Kernel;

/// <summary>Reads the beginning and the end of arm64 methods. Written from the instruction set's manual; nothing of it has run.</summary>
internal static class Arm64Code
{
    private const uint Return = 0xD65F03C0;

    /// <summary><c>stp x29, x30, [sp, …]</c> in its forms (signed offset, pre-index): opc, registers and base fixed, offset free.</summary>
    private const uint SavePairMask = 0xFE40_7FFF;
    private const uint SavePair = 0xA800_7BFD;

    /// <summary>The frame is saved within the first instructions of every method that has one.</summary>
    private const int PrologueBytes = 64;

    /// <summary>The return address is still, or again, in the link register.</summary>
    public static bool HoldsReturnInLink(SafeMemory memory, MethodBody body, ulong ip)
    {
        Span<byte> code = stackalloc byte[PrologueBytes];
        if (memory.Read(ip, code[..4]) == 4 && MemoryMarshal.Read<uint>(code) == Return)
        {
            return true;
        }

        // A method without a frame shorter than the window never saves it; a longer one has loops or calls and does.
        var executed = (int)Math.Min(ip - body.Start, PrologueBytes);
        var length = memory.Read(body.Start, code[..executed]);
        foreach (var instruction in MemoryMarshal.Cast<byte, uint>(code[..length]))
        {
            if ((instruction & SavePairMask) == SavePair)
            {
                return false;
            }
        }

        return length == executed && executed < PrologueBytes;
    }
}

using System.Buffers.Binary;

namespace SelfProfiler.Kernel;

/// <summary>Where a method keeps its return address, as its machine code tells.</summary>
/// <param name="Framed">RBP points at the saved RBP, with the return address above it.</param>
/// <param name="Depth">Bytes between the stack pointer and the return address.</param>
/// <param name="FrameToStack">Framed: RBP minus the stack pointer in the body of the method.</param>
/// <param name="SavedFrame">Not framed, but RBP was pushed: its bytes above the stack pointer; else -1.</param>
/// <param name="Length">Bytes of prologue understood.</param>
internal readonly record struct X64Frame(bool Framed, int Depth, int FrameToStack, int SavedFrame, int Length);

/// <summary>Reads the few instructions that the JIT writes at the beginning and the end of a method. Forms seen on .NET 10; anything else ends the prologue.</summary>
internal static class X64Code
{
    private const byte PushRbp = 0x55;
    private const byte Return = 0xC3;

    /// <param name="code">From the method's first byte.</param>
    /// <param name="upTo">Bytes executed so far; the state before the instruction there is returned.</param>
    public static X64Frame Prologue(ReadOnlySpan<byte> code, int upTo)
    {
        var at = 0;
        var depth = 0;
        var rbpPushedAt = -1;
        var probe = 0;
        while (at < upTo)
        {
            var rest = code[at..];
            int length;
            if (rest is [PushRbp, ..] && rbpPushedAt < 0)
            {
                (length, depth, rbpPushedAt) = (1, depth + 8, depth + 8);
            }
            else if (rest is [0x48, 0x8B, 0x45, 0x00, 0x50, ..] && at == 0)
            {
                // Code that a running loop moved into saves the RBP that the old code saved: mov rax, [rbp]; push rax.
                (length, depth, rbpPushedAt) = (5, 8, 8);
            }
            else if (IsPush(rest, out length))
            {
                depth += 8;
            }
            else if (IsSpill(rest, out length))
            {
                // Such code spills registers where its predecessor saved them.
            }
            else if (IsStackSubtract(rest, out length, out var bytes))
            {
                depth += bytes;
            }
            else if (IsFrameSetup(rest, out length, out var frameToStack) && rbpPushedAt >= 0)
            {
                return new X64Frame(true, depth, frameToStack, -1, at + length);
            }
            else if (rest is [0x4C, 0x8D, 0x9C, 0x24, _, _, _, _, ..])
            {
                // Large frames: lea r11, [rsp-N]; call the probe of the stack; mov rsp, r11.
                (length, probe) = (8, -BinaryPrimitives.ReadInt32LittleEndian(rest[4..]));
            }
            else if (probe > 0 && rest is [0xE8, _, _, _, _, ..])
            {
                length = 5;
            }
            else if (probe > 0 && rest is [0x49, 0x8B, 0xE3, ..] or [0x4C, 0x89, 0xDC, ..])
            {
                (length, depth, probe) = (3, depth + probe, 0);
            }
            else if (rest is [0xC5, 0xF8, 0x77, ..])
            {
                length = 3; // vzeroupper
            }
            else if (rest is [0xF3, 0x0F, 0x1E, 0xFA, ..])
            {
                length = 4; // endbr64
            }
            else
            {
                break;
            }

            if (at + length > upTo)
            {
                break;
            }

            at += length;
        }

        return new X64Frame(false, depth, 0, rbpPushedAt < 0 ? -1 : depth - rbpPushedAt, at);
    }

    /// <summary>Only pops lie between the instruction and the return: how far up the return address is.</summary>
    /// <param name="code">From the instruction to be executed next.</param>
    /// <param name="depth">Bytes between the stack pointer and the return address.</param>
    /// <returns>false in the body of a method, and as long as RBP has not been popped where that is still to come.</returns>
    public static bool IsEpilogue(ReadOnlySpan<byte> code, out int depth)
    {
        depth = 0;
        if (IsStackAdd(code, out var length, out var bytes))
        {
            depth = bytes;
            code = code[length..];
        }

        while (IsPop(code, out length, out var rbp))
        {
            if (rbp)
            {
                return false;
            }

            depth += 8;
            code = code[length..];
        }

        return code is [Return, ..] or [0xF3, Return, ..];
    }

    private static bool IsPush(ReadOnlySpan<byte> code, out int length) => IsShort(code, 0x50, out length);

    private static bool IsPop(ReadOnlySpan<byte> code, out int length, out bool rbp)
    {
        rbp = code is [0x5D, ..];
        return IsShort(code, 0x58, out length);
    }

    /// <summary>One of the eight opcodes from <paramref name="first"/>, for the upper registers with a REX prefix.</summary>
    private static bool IsShort(ReadOnlySpan<byte> code, byte first, out int length)
    {
        length = code is [0x41, ..] ? 2 : 1;
        return code.Length >= length && (code[length - 1] & 0xF8) == first;
    }

    private static bool IsStackSubtract(ReadOnlySpan<byte> code, out int length, out int bytes) => IsStackArithmetic(code, 0xEC, out length, out bytes);

    private static bool IsStackAdd(ReadOnlySpan<byte> code, out int length, out int bytes) => IsStackArithmetic(code, 0xC4, out length, out bytes);

    /// <summary><c>48 83 /r ib</c> or <c>48 81 /r id</c>.</summary>
    private static bool IsStackArithmetic(ReadOnlySpan<byte> code, byte modRm, out int length, out int bytes)
    {
        (length, bytes) = (0, 0);
        if (code is [0x48, 0x83, _, _, ..] && code[2] == modRm)
        {
            (length, bytes) = (4, (sbyte)code[3]);
        }
        else if (code is [0x48, 0x81, _, _, _, _, _, ..] && code[2] == modRm)
        {
            (length, bytes) = (7, BinaryPrimitives.ReadInt32LittleEndian(code[3..]));
        }

        return length > 0 && bytes >= 0;
    }

    /// <summary><c>mov [rsp+N], register</c>.</summary>
    private static bool IsSpill(ReadOnlySpan<byte> code, out int length)
    {
        length = 0;
        if (code is [0x48 or 0x4C, 0x89, _, 0x24, _, ..] && (code[2] & 7) == 4)
        {
            length = (code[2] >> 6) switch { 0 => 4, 1 => 5, 2 => 8, _ => 0 };
        }

        return length > 0 && code.Length >= length;
    }

    /// <summary><c>mov rbp, rsp</c> or <c>lea rbp, [rsp+N]</c>.</summary>
    private static bool IsFrameSetup(ReadOnlySpan<byte> code, out int length, out int frameToStack)
    {
        (length, frameToStack) = (0, 0);
        if (code is [0x48, 0x8B, 0xEC, ..] or [0x48, 0x89, 0xE5, ..])
        {
            length = 3;
        }
        else if (code is [0x48, 0x8D, 0x6C, 0x24, _, ..])
        {
            (length, frameToStack) = (5, (sbyte)code[4]);
        }
        else if (code is [0x48, 0x8D, 0xAC, 0x24, _, _, _, _, ..])
        {
            (length, frameToStack) = (8, BinaryPrimitives.ReadInt32LittleEndian(code[4..]));
        }

        return length > 0 && frameToStack >= 0;
    }
}

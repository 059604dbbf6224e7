using System.Runtime.InteropServices;
using SelfProfiler.Kernel;

namespace SelfProfiler.Sdk.Tests.Kernel;

/// <summary>Native code that burns CPU while its frame pointer leads to two words of ours, as code does that uses the register for something else. x86-64.</summary>
internal sealed unsafe partial class WrongFramePointer : IDisposable
{
    private const int Page = 4096;
    private const int WordsAt = 2048;

    private static ReadOnlySpan<byte> Code =>
    [
        0x55,             // push rbp
        0x48, 0x89, 0xFD, // mov rbp, rdi
        0x48, 0xFF, 0xCE, // dec rsi
        0x75, 0xFB,       // jnz to the line before
        0x5D,             // pop rbp
        0xC3,             // ret
    ];

    private readonly byte* _memory;

    /// <param name="found">What the kernel takes for the return address.</param>
    public WrongFramePointer(ulong found)
    {
        _memory = (byte*)Libc.Map(0, Page, 3, 0x22, -1, 0); // readable, writable; private, anonymous
        Assert(_memory != (byte*)-1);
        Code.CopyTo(new Span<byte>(_memory, Page));
        var words = (ulong*)(_memory + WordsAt);
        (words[0], words[1]) = ((ulong)(words + 4), found);
        (words[4], words[5]) = (0, 0x123456789A);
        Assert(Protect((nint)_memory, Page, 5) == 0); // readable, executable
    }

    public bool Contains(ulong address) => address - (ulong)_memory < Page;

    /// <summary>A millisecond or so.</summary>
    public void Run() => ((delegate* unmanaged<void*, long, void>)_memory)(_memory + WordsAt, 1_000_000);

    public void Dispose() => _ = Libc.Unmap((nint)_memory, Page);

    private static void Assert(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"Error {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint length, int protection);
}

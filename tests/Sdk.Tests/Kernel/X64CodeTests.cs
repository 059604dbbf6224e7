using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

/// <summary>Prologues and epilogues as the JIT of .NET 10 writes them.</summary>
public sealed class X64CodeTests
{
    [Theory]
    [InlineData("554883EC40488D6C244033C0", 72, 64)] // push rbp; sub rsp,64; lea rbp,[rsp+64]
    [InlineData("554157415653488D6C2418", 32, 24)] // push rbp, r15, r14, rbx; lea rbp,[rsp+24]
    [InlineData("55488BEC4889F8", 8, 0)] // push rbp; mov rbp,rsp
    [InlineData("554881EC00020000488DAC2400020000", 520, 512)]
    [InlineData("55534C8D9C2400F0FFFFE800000000498BE3488DAC2408100000", 4112, 4104)] // a probed frame
    [InlineData("488B4500504883EC1048895C2458488D6C2410", 24, 16)] // replaced on the stack
    public void A_frame_is_understood(string code, int depth, int frameToStack)
    {
        var bytes = Convert.FromHexString(code);
        var frame = X64Code.Prologue(bytes, bytes.Length);
        Assert.Equal((true, depth, frameToStack), (frame.Framed, frame.Depth, frame.FrameToStack));
    }

    [Theory]
    [InlineData("8D0437C3", 0, -1)] // lea eax,[rdi+rsi]; ret
    [InlineData("50E800000000", 8, -1)] // push rax; call
    [InlineData("4883EC18E8", 24, -1)]
    [InlineData("5553508BEF", 24, 16)] // rbp pushed first and used for data
    public void No_frame_is_understood(string code, int depth, int savedFrame)
    {
        var bytes = Convert.FromHexString(code);
        var frame = X64Code.Prologue(bytes, bytes.Length);
        Assert.Equal((false, depth, savedFrame), (frame.Framed, frame.Depth, frame.SavedFrame));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 8)]
    [InlineData(5, 72)]
    public void In_the_prologue_the_depth_so_far_counts(int executed, int depth) =>
        Assert.Equal(new X64Frame(false, depth, 0, executed == 0 ? -1 : depth - 8, executed), X64Code.Prologue(Convert.FromHexString("554883EC40488D6C2440"), executed));

    [Theory]
    [InlineData("C3", 0)]
    [InlineData("F3C3", 0)]
    [InlineData("4883C408C3", 8)]
    [InlineData("4883C4085B415EC3", 24)]
    public void The_end_of_a_method_without_a_frame_pointer_is_recognised(string code, int depth)
    {
        Assert.True(X64Code.IsEpilogue(Convert.FromHexString(code), out var found));
        Assert.Equal(depth, found);
    }

    [Theory]
    [InlineData("4883C4405DC3")] // pop rbp still to come: the frame stands
    [InlineData("8BC7C3")]
    [InlineData("")]
    public void Other_code_is_no_end(string code) => Assert.False(X64Code.IsEpilogue(Convert.FromHexString(code), out _));

    [Fact]
    public void Any_bytes_are_read_without_fault()
    {
        var random = new Random(1);
        byte[] likely = [0x48, 0x83, 0xEC, 0x55, 0x41, 0x81, 0x8D, 0x6C, 0x24, 0x4C, 0x9C, 0xE8, 0xC4, 0xC3, 0x89];
        for (var round = 0; round < 50_000; round++)
        {
            var code = new byte[random.Next(0, 64)];
            for (var i = 0; i < code.Length; i++)
            {
                code[i] = random.Next(4) == 0 ? (byte)random.Next(256) : likely[random.Next(likely.Length)];
            }

            _ = X64Code.Prologue(code, random.Next(0, code.Length + 1));
            _ = X64Code.IsEpilogue(code, out _);
        }
    }
}

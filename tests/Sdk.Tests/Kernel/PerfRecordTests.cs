using System.Runtime.InteropServices;
using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class PerfRecordTests
{
    private static readonly PerfAbi X64 = PerfAbi.For(Architecture.X64)!;

    [Fact]
    public void A_sample_is_taken_apart()
    {
        Assert.True(PerfRecord.TryReadSample(Sample(), X64, hasStack: true, out var sample));
        Assert.Equal((7, 8, 9, 10ul), (sample.Process, sample.Thread, (int)sample.Time, sample.Id));
        Assert.Equal([PerfRecord.UserMarker, 0x111, 0x222], sample.Chain.ToArray());
        Assert.Equal([0xB9ul, 0x59, 0x19], sample.Registers.ToArray());
        Assert.Equal(16, sample.Stack.Length);
        Assert.False(sample.InKernel);
    }

    [Fact]
    public void No_cut_and_no_flipped_byte_leads_outside_of_the_record()
    {
        var whole = Sample();
        var random = new Random(1);
        for (var length = 8; length < whole.Length; length++)
        {
            Assert.False(PerfRecord.TryReadSample(whole.AsSpan(0, length), X64, hasStack: true, out _));
        }

        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])whole.Clone();
            for (var flips = random.Next(1, 5); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            _ = PerfRecord.TryReadSample(bytes.AsSpan(0, random.Next(8, bytes.Length + 1)), X64, hasStack: random.Next(2) == 0, out _);
            _ = PerfRecord.LostCount(bytes);
            _ = PerfRecord.TaskThread(bytes);
        }
    }

    [Fact]
    public void Lost_records_say_how_many()
    {
        Assert.Equal(5ul, PerfRecord.LostCount(Words(PerfRecord.Lost, 99, 5)));
        Assert.Equal(6ul, PerfRecord.LostCount(Words(PerfRecord.LostSamples, 6)));
    }

    [Theory]
    [InlineData(Architecture.X64, 0x1C0ul, 3, 298)]
    [InlineData(Architecture.Arm64, 0x1_E000_0000ul, 4, 241)]
    public void The_table_holds_what_the_headers_say(Architecture architecture, ulong registers, int count, int perfEventOpen)
    {
        var abi = PerfAbi.For(architecture)!;
        Assert.Equal((registers, count, perfEventOpen), (abi.UserRegisters, abi.RegisterCount, abi.PerfEventOpen));
    }

    [Fact]
    public unsafe void Attributes_have_the_size_and_flags_of_the_kernels_structure()
    {
        Assert.Equal(112, sizeof(PerfEventAttr));
        var plain = PerfEventAttr.Sampling(X64, 1, inherit: true, kernelTime: false, kernelFrames: false, stackBytes: 8192, watermark: 1);
        ulong[] bits = [1, 5, 6, 7, 14, 18, 21, 25, 35];
        Assert.Equal(bits.Aggregate(0ul, (flags, bit) => flags | (1ul << (int)bit)), plain.Flags);
        Assert.Equal(0x3067ul, plain.SampleType);
    }

    private static byte[] Sample() => Words(
        PerfRecord.Sample | (2UL << 32),
        0x111,
        7 | (8UL << 32),
        9,
        10,
        3,
        PerfRecord.UserMarker, 0x111, 0x222,
        2, 0xB9, 0x59, 0x19,
        32, 1, 2, 3, 4, 16);

    private static byte[] Words(params ulong[] words)
    {
        words[0] |= (ulong)words.Length * 8 << 48;
        return MemoryMarshal.AsBytes<ulong>(words).ToArray();
    }
}

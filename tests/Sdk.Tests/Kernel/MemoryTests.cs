using System.Text;
using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed unsafe class MemoryTests
{
    [Fact]
    public void Memory_that_is_there_is_read_and_memory_that_is_not_is_no_harm()
    {
        using var memory = new SafeMemory();
        var bytes = stackalloc byte[4] { 1, 2, 3, 4 };
        var copy = new byte[4];
        Assert.Equal(4, memory.Read((ulong)bytes, copy));
        Assert.Equal([1, 2, 3, 4], copy);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(0, memory.Read(8, copy));
            Assert.Equal(0, memory.Read(ulong.MaxValue - 16, copy));
        }

        Assert.Equal(4, memory.Read((ulong)bytes, copy));
    }

    [Fact]
    public void Memory_that_ends_is_read_up_to_its_end()
    {
        var page = Libc.Map(0, (nuint)Libc.PageSize, Libc.ProtRead | Libc.ProtWrite, 0x22, -1, 0);
        using var memory = new SafeMemory();
        var end = (ulong)page + (ulong)Libc.PageSize;

        // What lies behind is mapped or not; the page itself must arrive.
        Assert.InRange(memory.Read(end - 16, new byte[64]), 16, 64);
        _ = Libc.Unmap(page, (nuint)Libc.PageSize);
        Assert.Equal(0, memory.Read((ulong)page, new byte[8]));
    }

    [Fact]
    public void Code_is_told_from_data()
    {
        var ranges = new CodeRanges();
        var maps = File.ReadAllLines("/proc/self/maps").Select(line => Encoding.UTF8.GetBytes(line)).ToList();
        foreach (var bytes in maps.Where(bytes => Encoding.UTF8.GetString(bytes).Contains("libcoreclr.so", StringComparison.Ordinal)))
        {
            Assert.True(MapsLine.TryParse(bytes, out var line));
            Assert.Equal(line.Executable, ranges.Contains(line.Start));
            Assert.Equal(line.Executable, ranges.Contains(line.End - 1));
        }

        Assert.False(ranges.Contains(0));
        Assert.False(ranges.Contains((ulong)maps.GetHashCode()));
        Assert.False(ranges.Contains(ulong.MaxValue));
    }

    [Theory]
    [InlineData("7f00-8000 r-xp 00001000 08:01 42                         /usr/lib/a b.so", 0x7f00, 0x8000, true, 0x1000, 42, "/usr/lib/a b.so")]
    [InlineData("7f00-8000 rw-p 00000000 00:00 0", 0x7f00, 0x8000, false, 0, 0, "")]
    [InlineData("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]", 0xffffffffff600000, 0xffffffffff601000, true, 0, 0, "[vsyscall]")]
    public void A_line_of_the_mappings_is_read(string text, ulong start, ulong end, bool executable, ulong offset, ulong inode, string path)
    {
        Assert.True(MapsLine.TryParse(Encoding.UTF8.GetBytes(text), out var line));
        Assert.Equal((start, end, executable, offset, inode, path), (line.Start, line.End, line.Executable, line.Offset, line.Inode, Encoding.UTF8.GetString(line.Path)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7f00")]
    [InlineData("7f00-8000")]
    [InlineData("8000-7f00 r-xp 00001000 08:01 42 /x")]
    [InlineData("7f00-8000 r-xp")]
    [InlineData("11111111111111111-2 r-xp 0 08:01 42")]
    public void Anything_else_is_refused(string text) => Assert.False(MapsLine.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("0-3,8,10-11\n", new[] { 0, 1, 2, 3, 8, 10, 11 })]
    [InlineData("0\n", new[] { 0 })]
    [InlineData("", new int[0])]
    [InlineData("x-y,5", new[] { 5 })]
    public void The_list_of_cpus_is_read(string text, int[] expected) => Assert.Equal(expected, CpuSet.Parse(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Threads_and_their_cpus_are_listed()
    {
        var threads = new ThreadList(PerfAbi.Current!);
        Assert.True(threads.Read());
        Assert.Contains(Libc.CurrentThread(), threads.Threads.ToArray());
        Assert.Equal(Environment.ProcessId, threads.Threads[0]);
        Assert.NotEmpty(CpuSet.For(threads.Threads));
    }
}

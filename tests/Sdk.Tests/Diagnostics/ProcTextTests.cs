using System.Text;
using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public class ProcTextTests
{
    [Theory]
    [InlineData("names", ThreadKind.App)]
    [InlineData(".NET TP Worker", ThreadKind.App)]
    [InlineData(".NET Timer", ThreadKind.App)]
    [InlineData(".NET Long Runni", ThreadKind.App)]
    [InlineData(".NET EventPipe", ThreadKind.EventPipe)]
    [InlineData(".NET BGC", ThreadKind.Gc)]
    [InlineData(".NET Server GC", ThreadKind.Gc)]
    [InlineData(".NET Tiered Com", ThreadKind.Jit)]
    [InlineData(".NET Finalizer", ThreadKind.Runtime)]
    [InlineData(".NET SynchManag", ThreadKind.Runtime)]
    [InlineData("SelfProfiler pu", ThreadKind.Own)]
    internal void A_thread_is_told_by_its_name(string name, ThreadKind kind) =>
        Assert.Equal(kind, ThreadNames.KindOf(Encoding.ASCII.GetBytes(name)));

    [Theory]
    [InlineData("worker")]
    [InlineData("a ) b (c) 1 2 3")]
    [InlineData("")]
    public void A_stat_file_is_read_past_any_name(string name)
    {
        var text = Encoding.ASCII.GetBytes($"77 ({name}) S 1 2 3 4 5 6 7 8 9 10 21 43 11 12 20 0 1 0 145480 3133440 395\n");

        Assert.True(ProcText.TryReadStat(text, out var stat));
        Assert.Equal(210_000_000, stat.UserNs);
        Assert.Equal(430_000_000, stat.KernelNs);
        Assert.Equal(1_454_800_000_000, stat.StartNs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("77")]
    [InlineData("77 (a")]
    [InlineData("77 (a) S 1 2")]
    public void A_stat_file_cut_short_is_refused(string text) =>
        Assert.False(ProcText.TryReadStat(Encoding.ASCII.GetBytes(text), out _));
}

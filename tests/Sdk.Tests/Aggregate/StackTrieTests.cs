using SelfProfiler.Aggregate;
using SelfProfiler.Labels;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class StackTrieTests
{
    private readonly StackTrie _trie = new();
    private readonly FrameTable _frames = new(static _ => null);

    [Fact]
    public void The_same_stack_is_the_same_node()
    {
        int first = Intern(1, 2, 3);
        Assert.Equal(first, Intern(1, 2, 3));
        Assert.NotEqual(first, Intern(1, 2, 4));
        Assert.Equal(_trie.ParentOf(first), _trie.ParentOf(Intern(1, 2, 4)));
    }

    [Fact]
    public void Growing_keeps_every_stack()
    {
        var nodes = Enumerable.Range(0, 20_000).Select(i => Intern(1, (ulong)i % 100 + 10, (ulong)i + 1_000)).ToArray();
        Assert.Equal(20_000, nodes.Distinct().Count());
        for (int i = 0; i < nodes.Length; i++)
        {
            Assert.Equal(nodes[i], Intern(1, (ulong)i % 100 + 10, (ulong)i + 1_000));
        }
    }

    [Fact]
    public void Compacting_keeps_what_is_live_and_forgets_the_rest()
    {
        int keep = Intern(1, 2, 3);
        for (ulong i = 100; i < 5_000; i++)
        {
            Intern(1, i);
        }

        bool[] live = new bool[_trie.Count];
        live[keep] = true;
        int[] moved = _trie.Compact(live, _frames);

        Assert.Equal(4, _trie.Count);
        Assert.Equal([3ul, 2, 1], Addresses(moved[keep]));
        Assert.Equal(moved[keep], Intern(1, 2, 3));
    }

    [Fact]
    public void An_address_used_again_after_unload_is_another_frame()
    {
        MethodBody? current = Body("First");
        var frames = new FrameTable(_ => current);
        int first = frames.Intern(500);
        Assert.Equal(first, frames.Intern(500));

        current!.Removed = true;
        current = Body("Second");
        int second = frames.Intern(500);

        Assert.NotEqual(first, second);
        Assert.Equal("First", frames.Get(first).Body!.Name);
        Assert.Equal("Second", frames.Get(second).Body!.Name);
    }

    [Fact]
    public void An_address_nobody_knew_is_named_when_a_rundown_has_told()
    {
        MethodBody? current = null;
        var frames = new FrameTable(_ => current);
        int frame = frames.Intern(500);
        Assert.Null(frames.Get(frame).Body);
        current = Body("Late");
        Assert.Equal("Late", frames.Get(frame).Body!.Name);
    }

    [Fact]
    public void A_cumulative_stack_waits_for_the_names_it_will_keep()
    {
        MethodBody? known = null;
        var frames = new FrameTable(address => address == 500 ? known : null);
        var trie = new StackTrie();
        var window = new ProfileWindow(Kinds.Cumulative, 0, long.MaxValue, new RequestTable(new LabelCounters(), 256), 100) { Cumulative = true };
        int native = trie.Child(trie.Child(StackTrie.Root, frames.Intern("main")), frames.Intern(700));
        int managed = trie.Child(trie.Child(StackTrie.Root, frames.Intern(500)), frames.Intern("leaf"));
        foreach (int stack in (int[])[native, managed])
        {
            window.Add(ProfileKind.Allocations, new SampleKey(stack, default, 0, SampleFlags.None), 1, 10, 0);
        }

        int Rows() => new WindowSealer(trie, frames).Seal(window, 1, default, 0, []).Rows[(int)ProfileKind.Allocations].Length;
        frames.Age(0);
        Assert.Equal(0, Rows());
        known = Body("Late");
        Assert.Equal(1, Rows());
        frames.Age(4_900_000_000);
        Assert.Equal(1, Rows());
        bool[] live = new bool[trie.Count];
        (live[native], live[managed]) = (true, true);
        window.Renumber(trie.Compact(live, frames));
        int young = trie.Child(StackTrie.Root, frames.Intern(800));
        window.Add(ProfileKind.Allocations, new SampleKey(young, default, 0, SampleFlags.None), 1, 10, 0);
        frames.Age(5_000_000_000);
        Assert.Equal(2, Rows()); // nobody named it in time: it keeps what it is called
        frames.Age(9_900_000_000);
        Assert.Equal(2, Rows());
        frames.Age(10_000_000_000);
        Assert.Equal(3, Rows());
    }

    private static MethodBody Body(string name) => new() { Start = 400, Size = 200, Namespace = "N", Name = name, Signature = "void ()" };

    private int Intern(params ulong[] rootFirst)
    {
        int node = StackTrie.Root;
        foreach (ulong address in rootFirst)
        {
            node = _trie.Child(node, _frames.Intern(address));
        }

        return node;
    }

    private List<ulong> Addresses(int node)
    {
        var addresses = new List<ulong>();
        for (; node != StackTrie.Root; node = _trie.ParentOf(node))
        {
            addresses.Add(_frames.Get(_trie.FrameOf(node)).Address);
        }

        return addresses;
    }
}

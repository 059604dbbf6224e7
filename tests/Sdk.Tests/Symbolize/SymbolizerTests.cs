using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

public class SymbolizerTests
{
    private readonly Symbolizer _symbolizer = new();

    [Fact]
    public void Synthetic_frames_keep_their_names_and_have_an_identity()
    {
        var gc = Resolve(FrameKey.OfName("[gc]"));
        var jit = Resolve(FrameKey.OfName("[jit]"));

        Assert.Equal("[gc]", gc.Function);
        Assert.NotEqual(0ul, gc.Identity);
        Assert.NotEqual(gc.Identity, jit.Identity);
        Assert.Equal(gc.Identity, Resolve(FrameKey.OfName("[gc]")).Identity);
    }

    [Fact]
    public void Tiers_of_one_method_have_one_identity_and_other_methods_others()
    {
        var tier0 = Resolve(new FrameKey(Body("Work", 0x1000), 0x1010, null));
        var tier1 = Resolve(new FrameKey(Body("Work", 0x9000), 0x9040, null));
        var other = Resolve(new FrameKey(Body("Rest", 0x2000), 0x2010, null));

        Assert.Equal("Shop.Work()", tier0.Function);
        Assert.Equal(tier0.Identity, tier1.Identity);
        Assert.NotEqual(tier0.Identity, other.Identity);
    }

    [Fact]
    public void Native_code_is_named_by_the_hook_and_gets_an_identity_of_ours()
    {
        _symbolizer.NativeFrames = (address, expand) => address == 0x50 ? new Frame(expand ? "gc_heap::mark" : "[gc]", "", 0, "libclrgc", 7) : null;
        var plain = _symbolizer.Resolve(new FrameKey(null, 0x50, null), true, false);
        var expanded = _symbolizer.Resolve(new FrameKey(null, 0x51, null), false, true);

        Assert.Equal(("[gc]", "gc_heap::mark"), (plain.Function, expanded.Function));
        Assert.NotEqual(7ul, plain.Identity);
        Assert.NotEqual(plain.Identity, expanded.Identity);
    }

    [Fact]
    public void Addresses_nobody_knows_are_never_shown_as_numbers()
    {
        Assert.Equal("[unknown]", Resolve(new FrameKey(null, 0x10, null)).Function);
        Assert.Equal("[unknown]", Resolve(new FrameKey(null, 0, null)).Function);
        string line = File.ReadLines("/proc/self/maps").First(l => l.EndsWith("System.Private.CoreLib.dll", StringComparison.Ordinal));
        ulong inside = Convert.ToUInt64(line[..line.IndexOf('-', StringComparison.Ordinal)], 16) + 8;
        Assert.Equal("[System.Private.CoreLib.dll]", Resolve(new FrameKey(null, inside, null)).Function);
    }

    [Fact]
    public void A_hook_that_throws_costs_a_name_and_is_counted()
    {
        _symbolizer.NativeFrames = (_, _) => throw new InvalidOperationException("no symbols");

        Assert.Equal("[unknown]", Resolve(new FrameKey(null, 0x50, null)).Function);
        Assert.Equal((1, "InvalidOperationException: no symbols"), (_symbolizer.Failures, _symbolizer.LastFailure));
    }

    [Fact]
    public void Identities_stay_when_the_table_is_full()
    {
        var identities = new FrameIdentities(maxFunctions: 2);
        ulong[] ids = [.. Enumerable.Range(0, 1_000).Select(i => identities.Of("Shop", "Method" + i, i % 3))];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(ids, Enumerable.Range(0, 1_000).Select(i => identities.Of("Shop", "Method" + i, i % 3)));
        Assert.True(identities.Overflow > 0);
        Assert.NotEqual(identities.Of("A", "B", 1), identities.Of("A", "B", 2));
        Assert.DoesNotContain(0ul, ids);
    }

    [Fact]
    public void Many_threads_get_the_same_frames()
    {
        var bodies = Enumerable.Range(0, 200).Select(i => Body("Method" + i, (ulong)i * 0x1000)).ToArray();
        var results = new ulong[8][];
        Parallel.For(0, results.Length, t => results[t] = [.. bodies.Select(b => Resolve(new FrameKey(b, b.Start + 1, null)).Identity)]);

        Assert.All(results, r => Assert.Equal(results[0], r));
        Assert.Equal(200, results[0].Distinct().Count());
    }

    private static MethodBody Body(string name, ulong start) =>
        new() { Start = start, Size = 0x100, Namespace = "Shop", Name = name, Signature = "void  ()" };

    private Frame Resolve(in FrameKey key) => _symbolizer.Resolve(key, isLeaf: true, nativeFrames: false);
}

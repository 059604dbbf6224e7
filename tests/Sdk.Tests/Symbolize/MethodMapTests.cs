using System.Runtime.CompilerServices;
using SelfProfiler.Decode;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

public class MethodMapTests
{
    private readonly MethodMap _map = new();

    [Fact]
    public void A_method_ends_before_its_end_address()
    {
        Add(0x1000, 0x100, "A");

        Assert.Null(_map.Find(0xFFF));
        Assert.Equal("A", _map.Find(0x1000)!.Name);
        Assert.Equal("A", _map.Find(0x10FF)!.Name);
        Assert.Null(_map.Find(0x1100));
    }

    [Fact]
    public void A_body_is_one_object_however_often_it_is_found_and_however_often_a_rundown_repeats_it()
    {
        Add(0x1000, 0x100, "A");
        var body = _map.Find(0x1000);
        Add(0x1000, 0x100, "A");

        Assert.Same(body, _map.Find(0x1050));
        Assert.Equal(1, _map.Count);
        Assert.False(body!.Removed);
    }

    [Fact]
    public void Tiers_of_one_method_stand_side_by_side()
    {
        Add(0x1000, 0x100, "A", id: 7);
        Add(0x9000, 0x80, "A", id: 7);
        Add(0xA000, 0x80, "A", id: 7);

        Assert.Equal(3, _map.Count);
        Assert.NotSame(_map.Find(0x1000), _map.Find(0x9000));
        Assert.Equal("A", _map.Find(0xA010)!.Name);
    }

    [Fact]
    public void New_code_removes_all_the_old_code_it_lies_on_and_says_so()
    {
        var removed = new List<(ulong, ulong)>();
        _map.Removed = (start, size) => removed.Add((start, size));
        Add(0x1000, 0x100, "A");
        Add(0x1100, 0x100, "B");
        Add(0x1200, 0x100, "C");
        var (a, b, c) = (_map.Find(0x1000)!, _map.Find(0x1100)!, _map.Find(0x1200)!);
        Add(0x10F0, 0x20, "New");

        Assert.Equal([(0x1000, 0x100), (0x1100, 0x100)], removed);
        Assert.True(a.Removed && b.Removed && !c.Removed);
        Assert.Null(_map.Find(0x1000));
        Assert.Equal("New", _map.Find(0x1105)!.Name);
        Assert.Same(c, _map.Find(0x1200));
    }

    [Fact]
    public void An_unloaded_method_is_gone_and_its_address_may_be_used_again()
    {
        Add(0x1000, 0x100, "A", id: 1, flags: 1);
        var old = _map.Find(0x1000)!;
        _map.Remove(new MethodUnload(1, 0x1000, 0x100, Timestamp: 0));

        Assert.True(old.Removed);
        Assert.Null(_map.Find(0x1000));

        Add(0x1000, 0x100, "A", id: 1, flags: 1);
        Assert.NotSame(old, _map.Find(0x1000));
    }

    [Fact]
    public void An_unload_of_what_has_already_been_replaced_removes_nothing()
    {
        Add(0x1000, 0x100, "Old", id: 1);
        Add(0x1000, 0x80, "New", id: 2);
        _map.Remove(new MethodUnload(1, 0x1000, 0x100, Timestamp: 0));

        Assert.Equal("New", _map.Find(0x1000)!.Name);
    }

    [Fact]
    public void Loads_and_unloads_of_dynamic_methods_may_come_in_the_wrong_order()
    {
        Load("New", at: 20);
        Load("Old", at: 10);
        _map.Remove(new MethodUnload(1, 0x1000, 0x100, Timestamp: 15));
        Assert.Equal("New", _map.Find(0x1000)!.Name);

        _map.Remove(new MethodUnload(1, 0x1000, 0x100, Timestamp: 25));
        Assert.Null(_map.Find(0x1000));

        void Load(string name, long at) =>
            _map.Add(new MethodLoad { Start = 0x1000, Size = 0x100, MethodId = 1, Name = name, Namespace = "dynamicClass", Flags = 9, Timestamp = at });
    }

    [Fact]
    public void The_map_is_bounded_and_counts_what_it_refuses()
    {
        var map = new MethodMap(maxBodies: 2);
        for (ulong i = 1; i <= 5; i++)
        {
            map.Add(new MethodLoad { Start = i * 0x100, Size = 0x10, MethodId = i, Name = "M" });
        }

        Assert.Equal(2, map.Count);
        Assert.Equal(3, map.Overflow);
    }

    [Theory]
    [InlineData(0, 16)]
    [InlineData(ulong.MaxValue - 5, 100)]
    public void A_range_that_makes_no_sense_is_counted(ulong start, uint size)
    {
        _map.Add(new MethodLoad { Start = start, Size = size, Name = "X" });

        Assert.Equal(0, _map.Count);
        Assert.Equal(1, _map.Malformed);
    }

    [Fact]
    public void A_method_without_precompiled_code_is_no_fault()
    {
        _map.Add(new MethodLoad { Start = 0, Size = 0, Name = "X" });

        Assert.Equal((0, 0), (_map.Count, _map.Malformed));
    }

    [Fact]
    public void Unknown_addresses_are_told_apart_by_whether_they_lie_in_an_image()
    {
        _map.Images = ImageRanges.Parse(["1000-2000 r-xp 00000000 08:01 5  /app/Shop.dll", "3000-4000 r-xp 0 08:01 6 /lib/libc.so"], null);
        Add(0x1000, 0x10, "A");
        _map.Find(0x1000);
        _map.Find(0x1800);
        _map.Find(0x3800);

        Assert.Equal((1, 1, 1), (_map.Known, _map.UnknownInImages, _map.UnknownElsewhere));
    }

    [Fact]
    public void Looking_without_a_sample_counts_nothing()
    {
        _map.Images = ImageRanges.Parse(["1000-2000 r-xp 00000000 08:01 5  /app/Shop.dll"], null);
        Add(0x1000, 0x10, "A");

        Assert.NotNull(_map.Peek(0x1000));
        Assert.Null(_map.Peek(0x1800));
        Assert.Equal((0, 0, 0), (_map.Known, _map.UnknownInImages, _map.UnknownElsewhere));
    }

    [Fact]
    public void What_was_unknown_a_moment_ago_is_found_once_it_is_loaded()
    {
        Assert.Null(_map.Find(0x1808));
        Assert.Null(_map.Find(0x1808));
        Add(0x1800, 0x10, "A");

        Assert.Equal("A", _map.Find(0x1808)!.Name);
        Assert.Equal(2, _map.UnknownElsewhere);
    }

    [Fact]
    public void A_module_may_be_named_after_its_methods_and_its_id_may_be_used_again()
    {
        _map.Add(new MethodLoad { Start = 0x1000, Size = 0x10, MethodId = 1, ModuleId = 9, Name = "A" });
        var body = _map.Find(0x1000)!;
        _map.AddModule(new ModuleLoad { ModuleId = 9, ILPath = "/app/Shop.dll" });
        _map.AddModule(new ModuleLoad { ModuleId = 9, ILPath = "/app/Plugin.dll" });
        _map.Add(new MethodLoad { Start = 0x2000, Size = 0x10, MethodId = 2, ModuleId = 9, Name = "B" });

        Assert.Equal("Shop", body.Module!.Name);
        Assert.Equal("Plugin", _map.Find(0x2000)!.Module!.Name);
    }

    [Fact]
    public void A_module_that_is_unloaded_takes_its_methods_along()
    {
        for (ulong i = 1; i <= 2_000; i++)
        {
            _map.Add(new MethodLoad { Start = i * 0x100, Size = 0x10, MethodId = i, ModuleId = i % 2 == 0 ? 9u : 10u, Name = "M" });
        }

        var gone = _map.Find(0x200)!;
        _map.RemoveModule(9);
        _map.RemoveModule(77);

        Assert.True(gone.Removed);
        Assert.Equal(1_000, _map.Count);
        Assert.Null(_map.Find(0x200));
        Assert.NotNull(_map.Find(0x100));
    }

    [Fact]
    public void Names_of_unloaded_code_do_not_stay_for_ever()
    {
        Add(0x10, 0x10, "Stays");
        var stays = _map.Find(0x10)!;
        for (ulong i = 1; i <= 20_000; i++)
        {
            Add(i * 0x100, 0x10, "A method with a name of its own, number " + i, id: i);
            _map.Remove(new MethodUnload(i, i * 0x100, Size: 0, Timestamp: 0));
        }

        Assert.True(_map.TextBytes < 600_000, $"{_map.TextBytes} bytes");
        Assert.Equal("Stays", stays.Name);
        Assert.Equal("Stays", _map.Find(0x10)!.Name);
    }

    /// <summary>History and tables since the start keep bodies for hours: each kept the whole table of its time.</summary>
    [Fact]
    public void A_body_that_is_kept_keeps_no_table_of_names()
    {
        var kept = new List<MethodBody>();
        for (ulong i = 1; i <= 10; i++)
        {
            Add(i * 0x100, 0x10, "Gone " + i, id: i);
            Add(0x100000 + (i * 0x100), 0x10, "Dynamic " + i, id: 100_000 + i, flags: 1);
            kept.AddRange([_map.Find(i * 0x100)!, _map.Find(0x100000 + (i * 0x100))!]);
        }

        var table = TableOfNames();
        for (ulong i = 1; i <= 3_000; i++)
        {
            Add(i * 0x100, 0x10, "Again " + i, id: 1_000 + i);
            _map.Remove(new MethodUnload(1_000 + i, i * 0x100, Size: 0, Timestamp: 0));
        }

        GC.Collect();
        Assert.False(table.IsAlive);
        Assert.Equal("Gone 7", kept[12].Name);
        Assert.Equal("Dynamic 7", kept[13].Name);
    }

    [Fact]
    public void Names_of_a_module_that_was_unloaded_do_not_stay_either()
    {
        for (ulong module = 1; module <= 10; module++)
        {
            _map.AddModule(new ModuleLoad { ModuleId = module, ILPath = $"/plugin/{module}.dll" });
            for (ulong i = 1; i <= 1_000; i++)
            {
                _map.Add(new MethodLoad { Start = (module << 20) + (i * 0x100), Size = 0x10, ModuleId = module, MethodId = (module << 20) + i, Name = $"Method {i} of the module {module}", Namespace = "", Signature = "", Flags = 8 });
            }

            _map.RemoveModule(module);
        }

        Assert.True(_map.TextBytes < 200_000, $"{_map.TextBytes} bytes");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference TableOfNames() =>
        new(typeof(MethodMap).GetField("_text", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(_map));

    [Fact]
    public void It_agrees_with_a_plain_list_whatever_comes_and_goes()
    {
        var random = new Random(42);
        var truth = new List<(ulong Start, uint Size, ulong Id)>();
        _map.Removed = (start, size) => Assert.Equal(1, truth.RemoveAll(b => b.Start == start && b.Size == size));
        for (ulong id = 1; id <= 6_000; id++)
        {
            ulong start = (ulong)random.Next(0x1000, 0x18000);
            uint size = (uint)random.Next(1, id % 1000 == 0 ? 0x8000 : 0x80);
            Add(start, size, "M", id);
            truth.Add((start, size, id));
            if (random.Next(4) == 0)
            {
                var gone = truth[random.Next(truth.Count)];
                _map.Remove(new MethodUnload(gone.Id, gone.Start, Size: 0, Timestamp: 0));
            }

            ulong asked = (ulong)random.Next(0xF00, 0x19000);
            var expected = truth.Find(b => asked - b.Start < b.Size);
            Assert.Equal(expected.Id, _map.Find(asked)?.MethodId ?? 0);
            Assert.Equal(truth.Count, _map.Count);
        }
    }

    private void Add(ulong start, uint size, string name, ulong id = 0, uint flags = 8) =>
        _map.Add(new MethodLoad { Start = start, Size = size, MethodId = id == 0 ? start : id, Name = name, Namespace = "Shop", Signature = "void ()", Flags = flags });
}

using SelfProfiler.Decode;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

public class ILMapTests
{
    private readonly MethodMap _map = new();

    public ILMapTests() => _map.AddModule(new ModuleLoad { ModuleId = 5, ILPath = "/app/Shop.dll" });

    [Fact]
    public void A_packed_map_finds_what_a_plain_search_finds()
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            int count = random.Next(1, 60);
            int[] native = [.. Enumerable.Range(0, count).Select(_ => random.Next(0, 5_000))];
            int[] il = [.. Enumerable.Range(0, count).Select(_ => random.Next(-3, 2_000))];
            byte[]? packed = PackedILMap.Pack(new ILMap { NativeOffsets = native, ILOffsets = il });
            var truth = native.Zip(il).Where(p => p.Second is -2 or >= 0).Select(p => (p.First, IL: Math.Max(0, p.Second))).Order().ToList();
            Assert.Equal(truth.Count == 0, packed is null);
            for (uint at = 0; packed is not null && at < 5_000; at += 37)
            {
                Assert.Equal(truth.FindLast(p => p.First <= at) is var f && truth.Exists(p => p.First <= at) ? f.IL : -1, PackedILMap.Find(packed, at));
            }
        }
    }

    [Fact]
    public void Truncated_bytes_do_not_throw()
    {
        byte[] packed = PackedILMap.Pack(new ILMap { NativeOffsets = [0, 70_000, 900_000], ILOffsets = [1, 500, 3] })!;
        for (int length = 0; length < packed.Length; length++)
        {
            PackedILMap.Find(packed[..length], 1_000_000);
            PackedILMap.Last(packed[..length]);
        }

        Assert.Equal(900_000u, PackedILMap.Last(packed));
    }

    [Fact]
    public void A_map_follows_its_load_though_other_threads_load_between()
    {
        Load(0x1000, 0x100, id: 1);
        Load(0x2000, 0x100, id: 2);
        Map(1, il: 11);
        Map(2, il: 22);

        Assert.Equal(11, ILAt(0x1000));
        Assert.Equal(22, ILAt(0x2000));
    }

    [Fact]
    public void In_a_rundown_the_map_comes_first_and_each_tier_has_its_own()
    {
        Map(1, il: 11);
        Load(0x1000, 0x100, id: 1);
        Map(1, il: 12);
        Load(0x3000, 0x100, id: 1);

        Assert.Equal(11, ILAt(0x1000));
        Assert.Equal(12, ILAt(0x3000));
    }

    [Fact]
    public void A_body_found_before_its_map_came_has_it_too()
    {
        Load(0x1000, 0x100, id: 1);
        var body = _map.Find(0x1000)!;
        Map(1, il: 11);

        Assert.NotNull(body.ILMap);
    }

    [Fact]
    public void A_map_that_reaches_behind_the_body_is_another_ones()
    {
        Load(0x1000, 0x100, id: 1);
        _map.AddILMap(new ILMap { MethodId = 1, NativeOffsets = [0, 0x101], ILOffsets = [1, 2] });

        Assert.Null(_map.Find(0x1000)!.ILMap);
        Assert.Equal(0, _map.ILMapBytes);
    }

    [Fact]
    public void Maps_go_with_their_bodies_and_with_modules_that_have_no_lines()
    {
        for (ulong i = 1; i <= 50_000; i++)
        {
            Load(i * 0x100, 0x100, i);
            Map(i, il: (int)i % 1_000);
        }

        int before = _map.ILMapBytes;
        _map.Remove(new MethodUnload(1, 0x100, Size: 0, Timestamp: 0));
        Assert.True(_map.ILMapBytes < before);

        _map.Find(0x200)!.Module!.Lines = CodeModule.LineInfo.Absent;
        _map.AddModule(new ModuleLoad { ModuleId = 6, ILPath = "/app/Other.dll" });
        for (ulong i = 60_000; i <= 120_000; i++)
        {
            Load(i * 0x100, 0x100, i, module: 6);
            Map(i, il: (int)i % 1_000);
        }

        Assert.Null(_map.Find(0x200)!.ILMap);
        Assert.Equal(11, ILAt(60_011 * 0x100));
    }

    [Fact]
    public void Maps_of_modules_without_lines_go_when_they_are_swept()
    {
        _map.AddModule(new ModuleLoad { ModuleId = 6, ILPath = "/app/Other.dll" });
        Load(0x1000, 0x100, id: 1);
        Map(1, il: 11);
        Load(0x2000, 0x100, id: 2, module: 6);
        Map(2, il: 12);

        _map.Find(0x1000)!.Module!.Lines = CodeModule.LineInfo.Absent;
        _map.SweepILMaps();

        Assert.Null(_map.Find(0x1000)!.ILMap);
        Assert.Equal(12, ILAt(0x2000));
    }

    [Fact]
    public void Maps_are_bounded()
    {
        int[] offsets = [.. Enumerable.Range(0, 1_000)];
        for (ulong i = 1; i <= 4_000; i++)
        {
            Load(i * 0x1000, 0x1000, i);
            _map.AddILMap(new ILMap { MethodId = i, NativeOffsets = offsets, ILOffsets = offsets });
        }

        Assert.True(_map.ILMapBytes <= 4 << 20);
        Assert.True(_map.ILMapsDropped > 0);
    }

    private void Load(ulong start, uint size, ulong id, ulong module = 5) =>
        _map.Add(new MethodLoad { Start = start, Size = size, MethodId = id, ModuleId = module, Flags = 8, Name = "M" });

    private void Map(ulong id, int il) => _map.AddILMap(new ILMap { MethodId = id, NativeOffsets = [0, 0x20], ILOffsets = [-2, il] });

    private int ILAt(ulong start) => _map.Find(start) is { ILMap: { } map } ? PackedILMap.Find(map, 0x40) : -1;
}

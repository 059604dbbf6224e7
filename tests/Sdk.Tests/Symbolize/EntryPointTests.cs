using SelfProfiler.Decode;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

/// <summary>Precompiled methods known by their beginning only, in the real images of this process.</summary>
public class EntryPointTests
{
    private readonly MethodMap _map = new() { Images = ImageRanges.Read() };
    private readonly ulong[] _begins;
    private readonly ulong[] _ends;

    public EntryPointTests()
    {
        // Neighbours in the framework's own image, as its table has them.
        using var memory = new ProcessMemory();
        var functions = new ImageFunctions(memory);
        (_begins, _ends) = (new ulong[4], new ulong[4]);
        ulong address = CodeOfTheFramework();
        for (int i = 0; i < 4; i++)
        {
            ulong limit = address + 0x40000;
            while (!functions.TryFind(_map.Images, address, out _begins[i], out _ends[i]) || _ends[i] - _begins[i] < 8)
            {
                Assert.True(++address < limit, "No functions in the framework's image.");
            }

            address = _ends[i];
        }
    }

    [Fact]
    public void A_method_gets_its_size_when_an_address_in_it_is_asked_for()
    {
        Enter(0);
        Enter(2);

        Assert.Equal("M0", _map.Find(_begins[0])!.Name);
        Assert.Equal("M0", _map.Find(_ends[0] - 1)!.Name);
        Assert.Equal((_begins[0], (uint)(_ends[0] - _begins[0])), (_map.Find(_begins[0])!.Start, _map.Find(_begins[0])!.Size));
        Assert.Equal("M2", _map.Find(_ends[2] - 1)!.Name);
        Assert.Null(_map.Find(_begins[0] - 1));
    }

    [Fact]
    public void The_body_stays_the_same_object()
    {
        Enter(0);

        Assert.Same(_map.Find(_begins[0] + 1), _map.Find(_ends[0] - 1));
        Assert.Equal(1, _map.Count);
    }

    [Fact]
    public void A_function_behind_an_entry_point_is_nobodys_before_all_methods_have_been_listed()
    {
        Enter(0);

        Assert.Null(_map.Find(_begins[1]));
        Assert.False(_map.Find(_begins[0])!.Guessed);
        _map.Lists.Add();
        Assert.Equal("M0", _map.Find(_begins[1])!.Name);
    }

    [Fact]
    public void A_function_behind_an_entry_point_is_its_handler_until_it_has_a_name()
    {
        _map.Lists.Add();
        Enter(0);
        var wide = _map.Find(_begins[1])!;
        Assert.Equal("M0", wide.Name);
        Assert.True(wide.Guessed);

        Enter(1);
        Assert.True(wide.Removed);
        Assert.Equal("M1", _map.Find(_begins[1])!.Name);
        Assert.Equal("M0", _map.Find(_begins[0])!.Name);
        Assert.False(_map.Find(_begins[0])!.Guessed);
    }

    [Fact]
    public void A_rundown_wins_over_an_entry_point_and_an_entry_point_changes_nothing_that_is_known()
    {
        Enter(0);
        _map.Find(_begins[0]);
        _map.Add(new MethodLoad { Start = _begins[0], Size = (uint)(_ends[0] - _begins[0]), MethodId = 1, Token = 0x06000001, Name = "Listed" });
        Enter(0);

        Assert.Equal("Listed", _map.Find(_begins[0])!.Name);
        Assert.Equal(1, _map.Count);
    }

    [Fact]
    public void Memory_that_is_not_there_is_an_answer()
    {
        using var memory = new ProcessMemory();
        Assert.False(memory.Read(0, new byte[8]));
        Assert.False(memory.Read(ulong.MaxValue - 4, new byte[8]));
        var images = ImageRanges.Parse(["1000-2000 r-xp 00000000 08:01 5  /app/Gone.dll"], null);

        Assert.False(new ImageFunctions(memory).TryFind(images, 0x1800, out _, out _));
    }

    private void Enter(int i) => _map.Add(new MethodLoad { Start = _begins[i], MethodId = (ulong)i + 1, Namespace = "Framework", Name = "M" + i, Signature = "void  ()" });

    private static ulong CodeOfTheFramework()
    {
        string line = File.ReadLines("/proc/self/maps").First(l => l.Contains("r-xp", StringComparison.Ordinal) && l.EndsWith("System.Private.CoreLib.dll", StringComparison.Ordinal));
        return Convert.ToUInt64(line[..line.IndexOf('-', StringComparison.Ordinal)], 16) + 0x100000;
    }
}

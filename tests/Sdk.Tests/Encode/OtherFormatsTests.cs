using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SelfProfiler.Encode;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Encode;

public class OtherFormatsTests
{
    [Fact]
    public void Folded_stacks_are_sorted_and_put_labels_and_lines_together()
    {
        var profile = new SyntheticProfile(ProfileKind.Cpu)
            .Add(1, 10, ["route=/a"], "Main", "Work@a.cs:1")
            .Add(1, 5, ["route=/b"], "Main", "Work@a.cs:2")
            .Add(1, 7, [], "Main")
            .Add(1, 3, [])
            .Add(1, 2, [], "Odd;name\nhere")
            .Build();

        Assert.Equal("Main 7\nMain;Work 15\nOdd:name here 2\n[unknown] 3\n", Text(profile, ProfileFormat.Folded));
    }

    [Fact]
    public void Every_folded_line_is_one_that_flame_graph_tools_read()
    {
        foreach (var kind in Enum.GetValues<ProfileKind>())
        {
            var lines = Text(SyntheticProfile.Shop(kind).Build(), ProfileFormat.Folded).Split('\n', StringSplitOptions.RemoveEmptyEntries);

            Assert.Equal(4, lines.Length);
            Assert.All(lines, line => Assert.Matches(new Regex(@"^(.*) (\d+)$"), line));
        }
    }

    [Fact]
    public void Speedscope_files_hold_what_its_schema_demands()
    {
        var profile = SyntheticProfile.Shop(ProfileKind.Cpu).Build();
        using var file = JsonDocument.Parse(Text(profile, ProfileFormat.Speedscope));
        var root = file.RootElement;

        Assert.Equal("https://www.speedscope.app/file-format-schema.json", root.GetProperty("$schema").GetString());
        var frames = root.GetProperty("shared").GetProperty("frames");
        Assert.All(frames.EnumerateArray(), frame => Assert.NotEqual("", frame.GetProperty("name").GetString()));
        var profiles = root.GetProperty("profiles").EnumerateArray().ToArray();
        Assert.Equal(["none", "nanoseconds"], profiles.Select(one => one.GetProperty("unit").GetString()));
        Assert.Equal(1, root.GetProperty("activeProfileIndex").GetInt32());
        foreach (var one in profiles)
        {
            Assert.Equal("sampled", one.GetProperty("type").GetString());
            Assert.Equal(one.GetProperty("samples").GetArrayLength(), one.GetProperty("weights").GetArrayLength());
            Assert.Equal(one.GetProperty("endValue").GetInt64(), one.GetProperty("weights").EnumerateArray().Sum(weight => weight.GetInt64()));
            Assert.All(one.GetProperty("samples").EnumerateArray().SelectMany(stack => stack.EnumerateArray()), index => Assert.InRange(index.GetInt32(), 0, frames.GetArrayLength() - 1));
        }

        // Root first.
        var stack = profiles[1].GetProperty("samples")[0];
        Assert.Equal("Shop.Program.Main(string[])", frames[stack[0].GetInt32()].GetProperty("name").GetString());
    }

    [Fact]
    public void Debug_1_shows_counts_labels_and_frames_largest_first()
    {
        using var output = new MemoryStream();
        TextEncoder.Write(SyntheticProfile.Shop(ProfileKind.Threads).Build(), "goroutine", output);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');

        Assert.Equal("goroutine profile: total 12", lines[0]);
        Assert.StartsWith("6 @ 0x", lines[1], StringComparison.Ordinal);
        Assert.Equal("# labels: {\"route\":\"/orders/{id}\", \"span_id\":\"00f067aa0ba902b7\", \"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}", lines[2]);
        Assert.EndsWith("\tShop.OrderService.GetAsync(int)\tOrders.cs:42", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ProfileKind.Allocations, "heap profile: 0: 0 [12: 120000000] @ heap/2")]
    [InlineData(ProfileKind.Contention, "--- mutex:")]
    [InlineData(ProfileKind.Waits, "--- contention:")]
    [InlineData(ProfileKind.Exceptions, "exceptions profile: total 12")]
    public void Debug_1_begins_as_readers_expect(ProfileKind kind, string first)
    {
        using var output = new MemoryStream();
        TextEncoder.Write(SyntheticProfile.Shop(kind).Build(), "exceptions", output);

        Assert.Equal(first, Encoding.UTF8.GetString(output.ToArray()).Split('\n')[0]);
    }

    [Fact]
    public void Debug_2_shows_each_thread_and_stays_bounded()
    {
        using var output = new MemoryStream();
        StackDumpEncoder.Write(SyntheticProfile.Shop(ProfileKind.Threads).Build(), "goroutine", output);
        var blocks = Encoding.UTF8.GetString(output.ToArray()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(12, blocks.Length);
        Assert.StartsWith("goroutine 1 [route=/orders/{id}, ", blocks[0], StringComparison.Ordinal);
        Assert.Contains("Shop.OrderService.GetAsync(int)\n\tOrders.cs:42 +0x", blocks[0]);
        Assert.StartsWith("goroutine 12 [running]:\n[gc]\n", blocks[11], StringComparison.Ordinal);

        using var endless = new MemoryStream();
        StackDumpEncoder.Write(new SyntheticProfile(ProfileKind.Exceptions).Add(long.MaxValue, 0, [], "Main").Build(), "exceptions", endless);
        Assert.InRange(endless.Length, 1, 2_000_000);
    }

    private static string Text(Profile profile, ProfileFormat format)
    {
        using var output = new MemoryStream();
        profile.WriteTo(output, format);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}

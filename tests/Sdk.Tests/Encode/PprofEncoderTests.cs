using SelfProfiler.Encode;
using SelfProfiler.Symbolize;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Encode;

public class PprofEncoderTests
{
    public static TheoryData<ProfileKind> Kinds => [.. Enum.GetValues<ProfileKind>()];

    [Theory, MemberData(nameof(Kinds))]
    public void Every_kind_keeps_the_strictest_rules(ProfileKind kind)
    {
        var profile = SyntheticProfile.Shop(kind).Build();

        var read = PprofChecker.Check(PprofEncoder.Encode(profile.Data));

        Assert.Equal(profile.SampleTypes.Select(type => $"{type.Type}/{type.Unit}"), read.SampleTypes);
        Assert.Equal(profile.SampleTypes[^1].Type, read.DefaultSampleType);
        Assert.Equal(4, read.Rows.Length);
        for (var i = 0; i < profile.SampleTypes.Count; i++)
        {
            Assert.Equal(profile.Sum(i), read.Rows.Sum(row => row.Values[i]));
        }
    }

    [Fact]
    public void Rows_arrive_with_frames_lines_and_labels()
    {
        var read = PprofChecker.Check(PprofEncoder.Encode(SyntheticProfile.Shop(ProfileKind.Cpu).Build().Data));

        var row = Assert.Single(read.Rows, row => row.Values[0] == 6);
        Assert.Equal("Shop.Program.Main(string[]);Shop.OrderService.GetAsync(int)", row.Folded);
        Assert.Equal(["Orders.cs", "Program.cs"], row.Files);
        Assert.Equal([42, 10], row.Lines);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", row.Labels["trace_id"]);
        Assert.Equal("/orders/{id}", row.Labels["route"]);
    }

    [Fact]
    public void A_large_profile_arrives_whole()
    {
        var profile = SyntheticProfile.Large(ProfileKind.Cpu, 20_000, 2_000).Build();

        var read = PprofChecker.Check(PprofEncoder.Encode(profile.Data));

        Assert.Equal(20_000, read.Rows.Length);
        Assert.Equal(profile.Sum(1), read.Rows.Sum(row => row.Values[1]));
        Assert.Equal(2_000, read.Rows.Select(row => string.Join(';', row.Frames.Zip(row.Lines))).Distinct().Count());
    }

    [Fact]
    public void Equal_profiles_give_equal_bytes()
    {
        var first = PprofEncoder.Encode(SyntheticProfile.Large(ProfileKind.Wall, 2_000, 100).Build().Data);
        var second = PprofEncoder.Encode(SyntheticProfile.Large(ProfileKind.Wall, 2_000, 100).Build().Data);

        Assert.Equal(first, second);
    }

    [Fact]
    public void An_interval_says_when_it_began_and_a_cumulative_profile_when_it_was_read()
    {
        var start = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
        var interval = new SyntheticProfile(ProfileKind.Allocations) { Start = start }.Add(1, 1, [], "A").Build();
        var cumulative = new SyntheticProfile(ProfileKind.Allocations) { Start = start, Duration = TimeSpan.FromHours(3), Cumulative = true }.Add(1, 1, [], "A").Build();

        var first = PprofChecker.Check(PprofEncoder.Encode(interval.Data)).Message;
        var second = PprofChecker.Check(PprofEncoder.Encode(cumulative.Data)).Message;

        Assert.Equal(start.ToUnixTimeMilliseconds() * 1_000_000, first.TimeNanos);
        Assert.Equal(15_000_000_000, first.DurationNanos);
        Assert.Equal(start.AddHours(3).ToUnixTimeMilliseconds() * 1_000_000, second.TimeNanos);
        Assert.Equal(0, second.DurationNanos);
    }

    [Fact]
    public void Samples_without_a_value_or_with_a_negative_one_are_left_out_with_their_names()
    {
        var profile = new SyntheticProfile(ProfileKind.Cpu)
            .Add(0, 0, ["route=/zero"], "Zero")
            .Add(-1, 5, ["route=/negative"], "Negative")
            .Add(0, 7, [], "Kept")
            .Build();

        var read = PprofChecker.Check(PprofEncoder.Encode(profile.Data));

        Assert.Equal("Kept", Assert.Single(read.Rows).Folded);
        Assert.DoesNotContain("Zero", read.Message.StringTable);
        Assert.DoesNotContain("/negative", read.Message.StringTable);
    }

    [Fact]
    public void A_sample_without_a_stack_is_shown_as_unknown()
    {
        var profile = new SyntheticProfile(ProfileKind.Cpu).Add(2, 20, []).Add(1, 10, [], "Main").Build();

        var read = PprofChecker.Check(PprofEncoder.Encode(profile.Data));

        Assert.Equal(["Main", "[unknown]"], read.Rows.Select(row => row.Folded).Order());
    }

    [Fact]
    public void Different_frames_never_share_an_address_and_equal_ones_always_do()
    {
        ProfileData With(params Frame[] frames) => new()
        {
            Kind = ProfileKind.Exceptions,
            Start = DateTimeOffset.UnixEpoch.AddDays(1),
            Duration = TimeSpan.FromSeconds(1),
            SampleTypes = [("exceptions", "count")],
            PeriodType = ("exceptions", "count"),
            Period = 1,
            Frames = frames,
            NodeParent = [0, .. frames.Select(_ => 0)],
            NodeFrame = [0, .. Enumerable.Range(0, frames.Length)],
            Samples = [.. frames.Select((_, i) => new ProfileSample(i + 1, 0, 1, 0))],
            LabelSets = [[]],
        };

        var collide = PprofChecker.Check(PprofEncoder.Encode(With(new Frame("A", "", 0, "", ulong.MaxValue), new Frame("B", "", 0, "", ulong.MaxValue), new Frame("C", "", 0, "", 0)))).Message;
        var same = PprofChecker.Check(PprofEncoder.Encode(With(new Frame("A", "a.cs", 1, "", 9), new Frame("A", "a.cs", 1, "", 9)))).Message;

        Assert.Equal(3, collide.Location.Count);
        Assert.Single(same.Location);
    }

    [Fact]
    public void Names_that_are_no_text_or_too_long_become_valid_ones()
    {
        var broken = "Half\ud83d";
        var endless = new string('é', 40_000);
        var profile = new SyntheticProfile(ProfileKind.Cpu)
            .Add(1, 1, ["tenant="], broken, endless)
            .Build();

        var read = PprofChecker.Check(PprofEncoder.Encode(profile.Data));

        Assert.Equal("Half\ufffd", read.Rows[0].Frames[1]);
        Assert.Equal(32_767, read.Rows[0].Frames[0].Length);
        Assert.Empty(read.Rows[0].Labels);
    }

    [Fact]
    public void An_empty_profile_is_still_valid()
    {
        var read = PprofChecker.Check(PprofEncoder.Encode(new SyntheticProfile(ProfileKind.Waits) { Comments = ["Nothing waited.", "Two."] }.Build().Data));

        Assert.Empty(read.Rows);
        Assert.Equal(["Nothing waited.", "Two."], read.Comments);
    }
}

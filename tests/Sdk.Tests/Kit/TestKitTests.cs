using SelfProfiler.TestKit;
using SelfProfiler.TestKit.Workloads;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kit;

public class TestKitTests
{
    [Fact]
    public void The_busy_split_is_what_it_says()
    {
        var split = new BusySplit();

        split.Run(TimeSpan.FromMilliseconds(300));

        Assert.InRange(split.TotalNs, 1_000_000, 400_000_000);
        Assert.InRange(split.AlphaShare, 0.5, 0.7);
        Assert.InRange(split.BetaShare, 0.2, 0.4);
        Assert.InRange(split.GammaShare, 0.05, 0.15);
    }

    [Fact]
    public void The_allocator_takes_what_it_was_told_to()
    {
        var allocator = new Allocator();

        allocator.Run(10_000_000);

        Assert.InRange(allocator.Bytes, 10_000_000, 10_100_000);
    }

    [Fact]
    public void The_waiter_waits_in_five_ways()
    {
        var waiter = new Waiter();

        waiter.Run(TimeSpan.FromMilliseconds(10));

        Assert.Equal(5, waiter.Waits);
        Assert.InRange(waiter.WaitedNs, 45_000_000, 10_000_000_000);
    }

    [Fact]
    public void Fighters_wait_for_each_other()
    {
        var fight = new LockFight();

        // On a busy machine a round may be over before its threads have started.
        Eventually.UntilBlocking(
            () =>
            {
                fight.Run(3, TimeSpan.FromMilliseconds(50), hold: TimeSpan.FromMilliseconds(5));
                return fight is { Entered: >= 3, WaitedNs: >= 20_000_000 };
            },
            TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_fake_timer_fires_when_the_clock_is_moved()
    {
        var time = new FakeTimeProvider();
        var fired = new List<DateTimeOffset>();
        var start = time.GetUtcNow();
        using (time.CreateTimer(_ => fired.Add(time.GetUtcNow()), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)))
        {
            time.Advance(TimeSpan.FromSeconds(4));
        }

        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal([start.AddSeconds(1), start.AddSeconds(3)], fired);
        Assert.Equal(TimeSpan.FromSeconds(8), time.GetElapsedTime(0));
    }

    [Fact]
    public async Task A_missed_truth_gets_twice_the_time_once()
    {
        var times = new List<TimeSpan>();

        await Truth.Repeat(TimeSpan.FromSeconds(1), time =>
        {
            times.Add(time);
            Assert.Equal(2, times.Count);
        });

        Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)], times);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Truth.Repeat(TimeSpan.Zero, _ => throw new InvalidOperationException()));
    }

    [Fact]
    public async Task What_never_comes_is_named()
    {
        var failure = await Assert.ThrowsAsync<TimeoutException>(() => Eventually.Until(() => DateTime.Now.Year < 2000, TimeSpan.FromMilliseconds(30)));

        Assert.Contains("DateTime.Now.Year < 2000", failure.Message);
    }

    [Fact]
    public async Task A_child_process_returns_its_output()
    {
        var (code, output) = await ChildProcess.RunAsync("sh", ["-c", "echo out $NAME; echo err >&2; exit 3"], environment: new Dictionary<string, string?> { ["NAME"] = "x" });

        Assert.Equal(3, code);
        Assert.Contains("out x", output);
        Assert.Contains("err", output);
    }

    [Fact]
    public void A_profile_is_asked_for_shares_and_labels()
    {
        var profile = new Profile(new ProfileData
        {
            Kind = ProfileKind.Cpu,
            Start = DateTimeOffset.UnixEpoch,
            Duration = TimeSpan.FromSeconds(1),
            SampleTypes = [("samples", "count"), ("cpu", "nanoseconds")],
            PeriodType = ("cpu", "nanoseconds"),
            Period = 1,
            Frames = [new("Shop.Program.Main()", "", 0, "Shop", 1), new("Shop.Cart.Add(int)", "", 0, "Shop", 2), new("Shop.Cart.AddAll()", "", 0, "Shop", 3)],
            NodeParent = [0, 0, 1, 1],
            NodeFrame = [0, 0, 1, 2],
            Samples = [new(2, 1, 3, 30), new(3, 0, 1, 10)],
            LabelSets = [[], [new("route", "/cart")]],
        });

        Assert.Equal(0.75, profile.ShareOf("Cart.Add"));
        Assert.Equal(1, profile.ShareOf("Program.Main"));
        Assert.Equal(0, profile.ShareOf("Program.Main", leafOnly: true));
        Assert.Equal(0, profile.ShareOf("art.Add"));
        Assert.Equal(3, profile.CountOf("Add"));
        Assert.Equal(30, profile.SumWhere("route"));
        Assert.Equal(0, profile.SumWhere("route", "/"));
        Assert.Equal("Shop.Program.Main();Shop.Cart.Add(int) 30\nShop.Program.Main();Shop.Cart.AddAll() 10\n", profile.ToFoldedText());
    }
}

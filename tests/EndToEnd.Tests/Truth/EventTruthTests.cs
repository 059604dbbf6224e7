using SelfProfiler.TestKit;
using SelfProfiler.TestKit.Workloads;
using Xunit;
using TruthTest = SelfProfiler.TestKit.Truth;

namespace SelfProfiler.EndToEnd.Tests.Truth;

/// <summary>Tables since the start against what the workloads measured of themselves: whatever the machine does meanwhile, both have the same time.</summary>
public sealed class EventTruthTests
{
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(20);

    [Fact]
    public Task Allocated_bytes_are_what_the_runtime_counted() => TruthTest.Repeat(TimeSpan.FromSeconds(3), async duration =>
    {
        await using var profiler = await StartAsync();
        var allocator = new Allocator();
        allocator.Run((long)(duration.TotalSeconds * 150_000_000));
        var profile = await ArrivedAsync(profiler, ProfileKind.Allocations, table => Found(table, "Allocator.Run") > allocator.Bytes * 0.95);

        Assert.True(profile.CountOf("Allocator.Run") > 1_000);
        Assert.InRange(Found(profile, "Allocator.Run") / allocator.Bytes, 0.90, 1.10);
        Assert.InRange(profile.ShareOf("Allocator.Large") / profile.ShareOf("Allocator.Run"), 0.70, 0.80);
        Assert.True(profile.ShareOf("Byte[]") > 0.6, profile.ToFoldedText());
    });

    [Fact]
    public Task Contention_is_what_the_fighters_measured() => TruthTest.Repeat(TimeSpan.FromSeconds(2), async duration =>
    {
        await using var profiler = await StartAsync();
        var fight = new LockFight();
        fight.Run(threads: 4, duration, hold: TimeSpan.FromMilliseconds(4));
        var profile = await ArrivedAsync(profiler, ProfileKind.Contention, table => Found(table, "LockFight.TakeTurn") > fight.WaitedNs * 0.95);

        Assert.True(profile.CountOf("LockFight.TakeTurn") > 50);
        Assert.InRange(Found(profile, "LockFight.TakeTurn") / fight.WaitedNs, 0.90, 1.10);
    });

    [Fact]
    public Task Waits_are_what_the_waiter_measured_and_locks_are_not_counted_twice() => TruthTest.Repeat(TimeSpan.FromSeconds(2), async duration =>
    {
        await using var profiler = await StartAsync();
        var waiter = new Waiter();
        var fight = new LockFight();
        var fighting = new Thread(() => fight.Run(2, duration, TimeSpan.FromMilliseconds(4)));
        fighting.Start();
        for (int i = 0; i < duration.TotalSeconds * 4; i++)
        {
            waiter.Run(TimeSpan.FromMilliseconds(50));
        }

        fighting.Join();
        var profile = await ArrivedAsync(profiler, ProfileKind.Waits, table => Found(table, "Waiter.Run") > waiter.BlockedNs * 0.95);

        // Before a thread stands still it spins, and afterwards it waits for a processor: what the runtime calls a wait lies between.
        double found = Found(profile, "Waiter.Run");
        Assert.True(
            found > waiter.BlockedNs * 0.90 && found < waiter.WaitedNs * 1.10 && waiter.BlockedNs > waiter.WaitedNs * 0.30,
            $"{found} of {waiter.BlockedNs} to {waiter.WaitedNs} ns\n{profile.ToFoldedText()}");
        Assert.Equal(0, profile.CountOf("LockFight.TakeTurn"));
    });

    [Fact]
    public async Task Exceptions_are_counted_with_their_type_as_the_leaf()
    {
        await using var profiler = await StartAsync();
        for (int i = 0; i < 250; i++)
        {
            try
            {
                throw new InvalidTimeZoneException();
            }
            catch (InvalidTimeZoneException)
            {
            }
        }

        var profile = await ArrivedAsync(profiler, ProfileKind.Exceptions, table => table.CountOf("System.InvalidTimeZoneException") == 250);
        Assert.Equal(250, profile.CountOf("System.InvalidTimeZoneException"));
        Assert.Equal(250, profile.CountOf(nameof(Exceptions_are_counted_with_their_type_as_the_leaf)));
    }

    /// <summary>Allocations and exceptions come with the collections' session, which runs in any case.</summary>
    [Fact]
    public Task Whoever_asks_for_allocations_gets_those_of_his_time_although_the_budget_thins_them() => TruthTest.Repeat(TimeSpan.FromSeconds(3), async duration =>
    {
        await using var profiler = await Profilers.StartAsync(new ContinuousProfilingOptions { OverheadBudget = 0.0005 });
        await Eventually.Until(
            () =>
            {
                new Allocator().Run(5_000_000);
                return profiler.Status.Notes.Any(note => note.StartsWith("Allocations are", StringComparison.Ordinal));
            },
            TimeSpan.FromSeconds(60));

        var allocator = new Allocator();
        var capture = profiler.CaptureAsync(ProfileKind.Allocations, duration * 2);
        await Eventually.Until(() => !profiler.Status.Notes.Any(note => note.StartsWith("Allocations are", StringComparison.Ordinal)), duration * 1.5);
        for (int i = 0; i < duration.TotalSeconds * 10; i++)
        {
            allocator.Run(2_000_000);
            Thread.Sleep(10); // a pace that the capture's budget allows
        }

        var profile = await capture;
        Assert.True(profile.CountOf("Allocator.Run") > 200, profile.ToFoldedText());
        Assert.True(Found(profile, "Allocator.Run") / allocator.Bytes is > 0.85 and < 1.15, $"{Found(profile, "Allocator.Run"):N0} of {allocator.Bytes:N0} bytes, {string.Join(" ", profile.Data.Comments)}");
    });

    [Fact]
    public async Task What_is_switched_off_is_not_collected()
    {
        var options = new ContinuousProfilingOptions { Allocations = false, Exceptions = false, Contention = false };
        await using var profiler = await Profilers.StartAsync(options);
        new Allocator().Run(100_000_000);
        new LockFight().Run(threads: 2, TimeSpan.FromSeconds(1), hold: TimeSpan.FromMilliseconds(4));
        Assert.Throws<InvalidTimeZoneException>((Action)(() => throw new InvalidTimeZoneException()));
        new Waiter().Run(TimeSpan.FromMilliseconds(50));

        var waits = await ArrivedAsync(profiler, ProfileKind.Waits, table => Found(table, "Waiter.Run") > 0); // what came before has arrived, too
        Assert.True(Found(waits, "Waiter.Run") > 0);
        _ = await profiler.CaptureAsync(ProfileKind.Allocations, TimeSpan.FromSeconds(1));
        foreach (var kind in (ProfileKind[])[ProfileKind.Allocations, ProfileKind.Exceptions, ProfileKind.Contention])
        {
            var profile = await profiler.CumulativeAsync(kind);
            Assert.True(profile.Total() == 0, $"{kind}\n{profile.ToFoldedText()}");
            Assert.Contains($"{kind}: not collected, ContinuousProfiling:{kind} is false.", profile.Data.Comments);
        }
    }

    /// <summary>Without the governor: what it takes away is scaled up, which is true in the long run only.</summary>
    private static Task<ContinuousProfiler> StartAsync() => Profilers.StartAsync(new ContinuousProfilingOptions { Governor = false });

    private static double Found(Profile profile, string method) => profile.Total() * profile.ShareOf(method);

    /// <summary>The table once the events have come in, or as it is after a long wait.</summary>
    private static async Task<Profile> ArrivedAsync(ContinuousProfiler profiler, ProfileKind kind, Func<Profile, bool> complete)
    {
        for (var end = DateTime.UtcNow + Arrival; ;)
        {
            var profile = await profiler.CumulativeAsync(kind);
            if (complete(profile) || DateTime.UtcNow > end)
            {
                return profile;
            }

            await Task.Delay(100);
        }
    }
}

using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class CaptureSetTests
{
    private const long Second = 1_000_000_000;

    private readonly List<CaptureTicket> _completed = [];
    private readonly RequestTable _requests;
    private readonly Aggregator _aggregator;
    private readonly CaptureSet _captures;

    public CaptureSetTests()
    {
        var counters = new LabelCounters();
        _requests = new RequestTable(counters, 256);
        _aggregator = new Aggregator(_ => null, new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), _requests, counters), _requests);
        _captures = new CaptureSet(_aggregator, _requests, () => 0, _ => [], _completed.Add);
    }

    [Fact]
    public void A_list_of_threads_waits_for_its_tick_and_ends_a_moment_after_it()
    {
        Begin(now: 0);
        Assert.True(_captures.EndThreads(Second)); // nothing came: somebody has to ask again
        Tick(thread: 7, Second);
        Assert.False(_captures.EndThreads(Second + 1));
        Tick(thread: 8, Second + 2);
        _captures.EndThreads(2 * Second);
        _captures.SealDue(2 * Second);

        Assert.Equal(2, Threads(Assert.Single(_completed)));
    }

    [Fact]
    public void A_list_without_a_tick_ends_with_its_time()
    {
        Begin(now: 0);
        Assert.False(_captures.EndThreads(6 * Second));
        _captures.SealDue(6 * Second);

        Assert.Equal(0, Threads(Assert.Single(_completed)));
    }

    [Fact]
    public void Lists_one_upon_the_other_count_each_thread_once()
    {
        Begin(now: 0);
        Tick(thread: 7, 10);
        _captures.EndThreads(20);
        Begin(now: 30);
        Tick(thread: 7, 25); // of the first one's session, late
        Tick(thread: 7, 40);
        _captures.EndThreads(50);
        _captures.EndThreads(Second);
        _captures.SealDue(Second);

        Assert.Equal([1, 1], _completed.Select(Threads));
    }

    [Fact]
    public void Lists_that_wait_for_the_same_tick_both_have_it()
    {
        Begin(now: 0);
        Begin(now: 5);
        Tick(thread: 7, 10);
        _captures.EndThreads(20);
        _captures.EndThreads(Second);
        _captures.SealDue(Second);

        Assert.Equal([1, 1], _completed.Select(Threads));
    }

    /// <summary>An order that came while the engine was being stopped; whoever waited for it waited for ever.</summary>
    [Fact]
    public async Task What_is_opened_after_the_last_seal_is_refused_at_once()
    {
        _captures.SealAll(Second);
        Begin(now: Second);

        var refused = Assert.Single(_completed);
        refused.Complete();
        Assert.Equal(CaptureTicket.Ended, Assert.Throws<InvalidOperationException>(() => refused.Wait(TestContext.Current.CancellationToken)).Message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => refused.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_window_that_cannot_be_sealed_leaves_nobody_waiting()
    {
        var captures = new CaptureSet(_aggregator, _requests, () => 0, _ => throw new InvalidOperationException("secret"), _completed.Add);
        var ticket = new CaptureTicket(Kinds.Only(ProfileKind.Cpu));
        captures.Open(ticket, 0, Second, DateTimeOffset.UnixEpoch);
        Assert.Throws<InvalidOperationException>(() => captures.SealDue(Second));

        Assert.Same(ticket, Assert.Single(_completed));
        ticket.Complete();
        Assert.Equal(CaptureTicket.Failed, Assert.Throws<InvalidOperationException>(() => ticket.Wait(TestContext.Current.CancellationToken)).Message);
    }

    /// <summary>The first failure ended the last look at all of them.</summary>
    [Fact]
    public void The_last_windows_leave_nobody_waiting_when_one_cannot_be_sealed()
    {
        var captures = new CaptureSet(_aggregator, _requests, () => 0, _ => throw new InvalidOperationException("secret"), _completed.Add);
        var tickets = new[] { new CaptureTicket(Kinds.Only(ProfileKind.Cpu)), new CaptureTicket(Kinds.Only(ProfileKind.Cpu)) };
        foreach (var ticket in tickets)
        {
            captures.Open(ticket, 0, 9 * Second, DateTimeOffset.UnixEpoch);
        }

        Assert.Throws<InvalidOperationException>(() => captures.SealAll(Second));
        Assert.Equal(tickets.ToHashSet(), _completed.ToHashSet());
        Assert.Equal(0, captures.Count);
    }

    /// <summary>Somebody who has gone away is no refusal.</summary>
    [Fact]
    public async Task Whoever_stops_waiting_is_not_refused()
    {
        var ticket = new CaptureTicket(Kinds.Only(ProfileKind.Cpu));
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        Assert.Throws<OperationCanceledException>(() => ticket.Wait(gone.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ticket.WaitAsync(gone.Token));
    }

    private static long Threads(CaptureTicket ticket) => ticket.Result!.Rows[(int)ProfileKind.Threads].Sum(row => row.Count);

    private void Begin(long now) =>
        _captures.Open(new CaptureTicket(Kinds.Only(ProfileKind.Threads)), now, now + (5 * Second), DateTimeOffset.UnixEpoch);

    private void Tick(int thread, long at) => _aggregator.OnSample(
        new RawSample { Source = SampleSource.Tick, Thread = thread, Timestamp = at, Count = 1, Addresses = [0x1000], Managed = true }, 1);
}

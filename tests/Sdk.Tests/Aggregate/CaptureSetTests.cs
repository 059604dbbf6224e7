using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class CaptureSetTests
{
    private const long Second = 1_000_000_000;

    private readonly List<CaptureTicket> _completed = [];
    private readonly Aggregator _aggregator;
    private readonly CaptureSet _captures;

    public CaptureSetTests()
    {
        var counters = new LabelCounters();
        var requests = new RequestTable(counters, 256);
        _aggregator = new Aggregator(_ => null, new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters), requests);
        _captures = new CaptureSet(_aggregator, requests, () => 0, _ => [], _completed.Add);
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

    private static long Threads(CaptureTicket ticket) => ticket.Result!.Rows[(int)ProfileKind.Threads].Sum(row => row.Count);

    private void Begin(long now) =>
        _captures.Open(new CaptureTicket(Kinds.Only(ProfileKind.Threads)), now, now + (5 * Second), DateTimeOffset.UnixEpoch);

    private void Tick(int thread, long at) => _aggregator.OnSample(
        new RawSample { Source = SampleSource.Tick, Thread = thread, Timestamp = at, Count = 1, Addresses = [0x1000], Managed = true }, 1);
}

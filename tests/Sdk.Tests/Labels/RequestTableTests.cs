using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class RequestTableTests
{
    private readonly LabelCounters _counters = new();
    private readonly RequestTable _table;

    public RequestTableTests() => _table = new RequestTable(_counters, 256);

    [Fact]
    public void A_request_is_what_was_said_of_it()
    {
        var id = _table.Claim(1, 2, 3, 1_000);
        _table.SetRoute(id, 4);
        _table.SetLabels(id, 5);
        _table.SetStatus(id, 200);
        Assert.True(_table.TryGet(id, out var info));
        Assert.Equal(new RequestInfo(id, 1, 2, 3, 4, 5, 200, 1_000, 0), info);
        Assert.True(_table.IsRunning(id));
        Assert.True(_table.End(id, 17_000));
        Assert.False(_table.End(id, 33_000));
        Assert.True(_table.TryGet(id, out info));
        Assert.InRange(info.End, 17_000 - 16, 17_000);
        Assert.False(_table.IsRunning(id));
    }

    [Fact]
    public void Usage_is_summed_for_the_request_and_starts_anew_with_the_next_in_its_slot()
    {
        var id = _table.Claim(1, 2, 3, 0);
        _table.AddUsage(id, new RequestUsage(1, 2, 3, 4, 5));
        _table.AddUsage(id, new RequestUsage(10, 20, 30, 40, 50));
        _table.TryGet(id, out var info);
        Assert.Equal(new RequestUsage(11, 22, 33, 44, 55), info.Usage);
        _table.End(id, 1);
        var next = Refill(id.Slot);
        _table.AddUsage(id, new RequestUsage(1, 1, 1, 1, 1));
        _table.TryGet(next, out info);
        Assert.Equal(default, info.Usage);
        _table.AddUsage(next, new RequestUsage(7, 0, 0, 0, 0));
        _table.TryGet(next, out info);
        Assert.Equal(7, info.Usage.OnThreadNs);
    }

    [Fact]
    public void Nobody_writes_into_a_slot_that_was_taken_over()
    {
        var old = _table.Claim(1, 2, 3, 0);
        _table.End(old, 1);
        var next = Refill(old.Slot);
        Assert.Equal(old.Slot, next.Slot);
        Assert.False(_table.SetRoute(old, 9));
        Assert.False(_table.SetLabels(old, 9));
        Assert.False(_table.SetStatus(old, 9));
        Assert.False(_table.End(old, 9));
        Assert.False(_table.TryGet(old, out _));
        Assert.True(_table.TryGet(next, out var info));
        Assert.Equal((0, 0, 0, 0L), (info.Route, info.LabelSet, info.Status, info.End));
    }

    [Fact]
    public void What_started_later_than_all_that_have_a_slot_is_new()
    {
        Assert.True(_table.IsNew(100));
        _table.Claim(1, 2, 3, 0, startUtc: 100);
        _table.Claim(1, 2, 3, 0, startUtc: 90);
        Assert.False(_table.IsNew(100));
        Assert.True(_table.IsNew(101));
        Assert.False(_table.IsNew(0));
    }

    [Fact]
    public void Ended_requests_make_room_before_running_ones()
    {
        var running = _table.Claim(1, 1, 1, 0);
        for (int i = 0; i < 10_000; i++)
        {
            _table.End(_table.Claim(2, 2, 2, 0), 1);
        }

        Assert.True(_table.TryGet(running, out _));
        Assert.Equal(0, _counters.RequestsEvictedRunning);
    }

    [Fact]
    public void When_all_are_running_the_oldest_makes_room_and_that_is_counted()
    {
        var first = _table.Claim(1, 1, 1, 0);
        for (int i = 0; i < 256; i++)
        {
            Assert.False(_table.Claim(2, 2, 2, 0).IsNone);
        }

        Assert.NotEqual(0, _counters.RequestsEvictedRunning);
        for (int i = 0; i < 256 * 8; i++)
        {
            _table.Claim(2, 2, 2, 0);
        }

        Assert.False(_table.TryGet(first, out _));
    }

    [Fact]
    public void The_newest_requests_come_first()
    {
        var ids = Enumerable.Range(0, 300).Select(i =>
        {
            var id = _table.Claim(1, (ulong)i, 1, i);
            _table.End(id, i + 100);
            return id;
        }).ToArray();
        Assert.Equal(Enumerable.Range(44, 256).Reverse().Select(i => (ulong)i), _table.Recent().Select(info => info.TraceIdLow));
        Assert.Equal(256, _table.Count);
    }

    [Fact]
    public void A_table_of_an_idle_application_is_small()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var table = new RequestTable(_counters, 16_384);
        table.Claim(1, 1, 1, 0);
        table.Maintain();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 80_000);
        Assert.Equal(16_384, table.Capacity);
    }

    [Fact]
    public void Copies_are_consistent_while_slots_are_taken_over()
    {
        using var stop = new CancellationTokenSource();
        var last = new long[2];
        var writers = Enumerable.Range(0, 2).Select(writer => new Thread(() =>
        {
            for (ulong i = 1; !stop.IsCancellationRequested; i++)
            {
                var id = _table.Claim(i, i, i, (long)i, (int)(i & 0x7FFF));
                Volatile.Write(ref last[writer], id.Packed);
                _table.End(id, (long)i + 160);
            }
        })).ToArray();
        Array.ForEach(writers, writer => writer.Start());
        int copied = 0;
        for (int i = 0; i < 50_000; i++)
        {
            var id = new RequestId(Volatile.Read(ref last[i & 1]));
            if (_table.TryGet(id, out var info))
            {
                copied++;
                Assert.Equal((info.TraceIdHigh, info.TraceIdHigh, (long)info.TraceIdHigh), (info.TraceIdLow, info.RootSpanId, info.Start));
                Assert.Equal((int)(info.TraceIdHigh & 0x7FFF), info.Route);
                Assert.True(info.End == 0 || info.End == info.Start + 160, $"{info.Start} {info.End}");
            }
        }

        stop.Cancel();
        Array.ForEach(writers, writer => writer.Join());
        Assert.NotEqual(0, copied);
    }

    [Fact]
    public void A_running_request_is_found_by_its_first_span()
    {
        var index = new RequestIndex();
        var ids = Enumerable.Range(1, 200).Select(i => _table.Claim(1, 1, (ulong)i << 40, 0)).ToArray();
        for (int i = 0; i < ids.Length; i++)
        {
            index.Add((ulong)(i + 1) << 40, ids[i]);
        }

        Assert.True(Enumerable.Range(1, 200).Count(i => index.Find((ulong)i << 40, _table) == ids[i - 1]) > 190);
        Assert.True(index.Find(77, _table).IsNone);
        index.End(100ul << 40);
        Assert.Equal(ids[99], index.Find(100ul << 40, _table));
    }

    private RequestId Refill(int slot)
    {
        while (true)
        {
            var id = _table.Claim(9, 9, 9, 0);
            if (id.Slot == slot)
            {
                return id;
            }

            _table.End(id, 1);
        }
    }
}

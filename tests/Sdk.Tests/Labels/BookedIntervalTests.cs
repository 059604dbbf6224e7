using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

/// <summary>What a time on a thread is of its request.</summary>
public sealed class BookedIntervalTests
{
    private readonly RequestTable _table = new(new LabelCounters(), 256);

    [Fact]
    public void A_request_that_never_left_its_thread_is_booked_as_a_whole_with_what_it_used()
    {
        var id = Request(160, 320);
        _table.AddUsage(id, new RequestUsage(0, 0, 5, 0, 0)); // waited for a lock

        var booked = Book(id, 160, 324);

        Assert.Equal(IntervalPart.Whole, booked.Part);
        Assert.Equal((160, 320), (booked.Request.Start, booked.Request.End));
        Assert.Equal(new RequestUsage(160, 10, 5, 0, 0), booked.Usage);
        Assert.Equal(RequestProgress.Settled, _table.AddUsage(id, default));
    }

    [Fact]
    public void Work_beside_a_whole_request_is_no_second_one()
    {
        var id = Request(160, 320);

        Assert.Equal(IntervalPart.Whole, Book(id, 160, 320).Part);
        Assert.Equal(IntervalPart.Beside, Book(id, 200, 320).Part);
    }

    [Fact]
    public void A_request_in_pieces_is_followed_to_its_end()
    {
        var id = Request(160, 640);

        Assert.Equal(IntervalPart.Piece, Book(id, 160, 320).Part);
        Assert.Equal(IntervalPart.Piece, Book(id, 160, 640).Part); // even the whole of it now: something has been counted already
        Assert.Equal(RequestProgress.Followed, _table.AddUsage(id, default));
        _table.Settle(id);
        Assert.Equal(RequestProgress.Settled, _table.AddUsage(id, default));
    }

    [Fact]
    public void A_running_request_is_no_whole_one()
    {
        var id = _table.Claim(1, 2, 3, 160);

        Assert.Equal(IntervalPart.Piece, Book(id, 160, 320).Part);
    }

    [Fact]
    public void Time_after_the_end_is_not_the_requests()
    {
        var id = Request(160, 320);

        Assert.Equal(IntervalPart.After, Book(id, 400, 800).Part);
        Assert.True(_table.TryGet(id, out var info));
        Assert.Equal(0, info.Usage.OnThreadNs);
    }

    [Fact]
    public void Of_a_request_that_lost_its_slot_nothing_is_known()
    {
        var id = Request(160, 320);
        for (int i = 0; i < 256; i++)
        {
            _ = Request(160, 320);
        }

        Assert.Equal(IntervalPart.Unknown, Book(id, 160, 320).Part);
        Assert.Equal(IntervalPart.Unknown, Book(RequestId.None, 160, 320).Part);
    }

    private RequestId Request(long start, long end)
    {
        var id = _table.Claim(1, 2, 3, start);
        Assert.True(_table.End(id, end));
        return id;
    }

    private BookedInterval Book(RequestId id, long start, long end) =>
        _table.Book(new LabelInterval(1, new LabelRef(id, 3, 0), start, end, 10));
}

using System.Runtime.CompilerServices;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class UsageRowTests
{
    private UsageRow _row;

    [Fact]
    public void What_is_booked_adds_up_until_another_request_has_the_slot()
    {
        var once = new RequestUsage(1L << 50, 2, 3L << 45, 4L << 45, 5) { GcPauseNs = 6_000_000_000 };
        _row.Add(1, once);
        _row.Add(1, once);

        Assert.Equal(once + once, _row.Read(1));
        Assert.Equal(default, _row.Read(2));
        _row.Add(2, new RequestUsage(0, 0, 0, 0, 1));
        Assert.Equal(new RequestUsage(0, 0, 0, 0, 1), _row.Read(2));
        Assert.Equal(48, Unsafe.SizeOf<UsageRow>());
    }

    [Fact]
    public void How_far_the_pump_is_belongs_to_the_request_and_leaves_its_sums_alone()
    {
        Assert.Equal(RequestProgress.New, _row.ProgressOf(1));
        _row.Mark(1, RequestProgress.Followed);
        _row.Add(1, new RequestUsage(1, 2, 3, 4, 5) { GcPauseNs = 6 });
        _row.Mark(1, RequestProgress.Settled);

        Assert.Equal(RequestProgress.Settled, _row.ProgressOf(1));
        Assert.Equal(new RequestUsage(1, 2, 3, 4, 5) { GcPauseNs = 6 }, _row.Read(1));
        Assert.Equal(RequestProgress.New, _row.ProgressOf(2));
        _row.Add(2, new RequestUsage(1, 0, 0, 0, 0));
        Assert.Equal(RequestProgress.New, _row.ProgressOf(2));
    }

    [Fact]
    public void What_does_not_fit_stays_the_most_that_does()
    {
        for (int i = 0; i < 3; i++)
        {
            _row.Add(1, new RequestUsage(0, 0, 0, 0, 4_000_000) { GcPauseNs = 1_000_000_000_000 });
        }

        Assert.Equal(new RequestUsage(0, 0, 0, 0, (1 << 22) - 1) { GcPauseNs = (1L << 40) - 1 }, _row.Read(1));
    }
}

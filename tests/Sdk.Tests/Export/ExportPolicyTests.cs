using SelfProfiler.Export;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Export;

public class ExportPolicyTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Pauses_double_up_to_a_minute_and_end_with_a_success()
    {
        var backoff = new ExportBackoff(_time, () => 1);
        var pauses = new List<double>();
        for (var i = 0; i < 9; i++)
        {
            backoff.Failed(null);
            pauses.Add(backoff.Remaining.TotalSeconds);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], pauses);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Remaining);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, backoff.Remaining);

        backoff.Succeeded();
        backoff.Failed(null);
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.Remaining);
    }

    [Fact]
    public void Jitter_takes_up_to_half_of_a_pause()
    {
        var backoff = new ExportBackoff(_time, () => 0);
        backoff.Failed(null);

        Assert.Equal(TimeSpan.FromSeconds(0.5), backoff.Remaining);
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(0, 1)]
    [InlineData(86_400, 600)]
    public void Retry_after_is_honoured_within_reason(int asked, int expected)
    {
        var backoff = new ExportBackoff(_time, () => 1);
        backoff.Failed(TimeSpan.FromSeconds(asked));

        Assert.Equal(TimeSpan.FromSeconds(expected), backoff.Remaining);
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_and_counts_it()
    {
        var queue = new ExportQueue();
        for (var i = 0; i < ExportLimits.QueuedProfiles + 5; i++)
        {
            queue.Add(Exports.Numbered(i));
        }

        Assert.Equal(ExportLimits.QueuedProfiles, queue.Count);
        Assert.Equal(5, queue.Dropped);
        Assert.True(queue.TryTake(out var first));
        Assert.Equal(5, Exports.NumberOf(first.Export));
    }

    [Fact]
    public void A_queue_is_bounded_by_bytes_too_but_takes_one_profile_of_any_size()
    {
        var large = new ProfileExport(SyntheticProfile.Large(ProfileKind.Cpu, 400_000, 10, depth: 2).Build(), Exports.Source, 0);
        var queue = new ExportQueue();
        queue.Add(large);
        Assert.Equal(1, queue.Count);

        queue.Add(Exports.Numbered(1));

        Assert.Equal(1, queue.Count);
        Assert.Equal(1, queue.Dropped);
    }

    [Fact]
    public void A_profile_that_fails_steps_behind_the_others_and_is_dropped_after_its_attempts()
    {
        var queue = new ExportQueue();
        queue.Add(Exports.Numbered(1));
        queue.Add(Exports.Numbered(2));
        Assert.True(queue.TryTake(out var poison));
        Assert.True(queue.Return(poison));

        Assert.True(queue.TryTake(out var next));
        Assert.Equal(2, Exports.NumberOf(next.Export));

        for (var attempt = 2; attempt < ExportLimits.Attempts; attempt++)
        {
            Assert.True(queue.TryTake(out poison));
            Assert.True(queue.Return(poison));
        }

        Assert.True(queue.TryTake(out poison));
        Assert.False(queue.Return(poison));
        Assert.Equal(1, queue.Dropped);
    }
}

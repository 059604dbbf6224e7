using SelfProfiler.Exporter.Push;
using Xunit;

namespace SelfProfiler.Exporter.Tests;

public class PushSequenceTests
{
    [Fact]
    public void A_push_is_made_when_it_is_its_turn_and_stays_until_it_is_done()
    {
        var made = 0;
        var pushes = new PushSequence(Enumerable.Range(0, 2).Select(number =>
        {
            made++;
            return new PushRequest($"{number}", "", false, []);
        }));

        Assert.True(pushes.TryPeek(out var first) && pushes.TryPeek(out var again) && ReferenceEquals(first, again));
        Assert.Equal(1, made);
        pushes.Advance(ExportResult.Delivered);
        Assert.True(pushes.TryPeek(out var second));
        Assert.Equal(("0", "1"), (first.Path, second.Path));
        pushes.Advance(ExportResult.Delivered);
        Assert.False(pushes.TryPeek(out _));
        Assert.False(pushes.TryPeek(out _));
    }

    [Fact]
    public void A_refusal_is_what_became_of_the_whole()
    {
        var pushes = new PushSequence(Enumerable.Range(0, 3).Select(number => new PushRequest($"{number}", "", false, [])));
        var refused = new ExportResult(ExportOutcome.Rejected, "400");

        foreach (var result in new[] { ExportResult.Delivered, refused, ExportResult.Delivered })
        {
            Assert.True(pushes.TryPeek(out _));
            pushes.Advance(result);
        }

        Assert.Equal(refused, pushes.Refused);
    }

    [Fact]
    public void What_could_not_be_made_never_looks_like_the_end()
    {
        var pushes = new PushSequence(Enumerable.Range(0, 2).Select(number =>
            number == 1 ? throw new InvalidOperationException("broken") : new PushRequest("", "", false, [])));

        Assert.True(pushes.TryPeek(out _));
        pushes.Advance(ExportResult.Delivered);
        Assert.Throws<InvalidOperationException>(() => pushes.TryPeek(out _));
        Assert.Throws<InvalidOperationException>(() => pushes.TryPeek(out _));
    }
}

using SelfProfiler.Aggregate;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class CommentsTests
{
    [Fact]
    public void Counts_are_summed_and_sentences_said_once() => Assert.Equal(
        ["11 tick windows gave stacks.", "Waits run 10 % of the time.", "3 samples lost their labels.", "word", ""],
        Comments.Merge([["5 tick windows gave stacks.", "Waits run 10 % of the time."], ["6 tick windows gave stacks.", "Waits run 10 % of the time."], ["3 samples lost their labels.", "word", ""]]));

    [Fact]
    public void A_day_of_windows_does_not_fill_a_profile_with_sentences() =>
        Assert.InRange(Comments.Merge(Enumerable.Range(0, 9_000).Select(i => (string[])[$"Sentence number {i}."])).Length, 1, 32);

    [Fact]
    public void Nothing_to_say_is_nothing() => Assert.Empty(Comments.Merge([]));
}

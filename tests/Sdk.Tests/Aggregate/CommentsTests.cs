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
    public void Percentages_become_a_range_and_ranges_a_wider_one() => Assert.Equal(
        ["Waits run 2.5 to 40 % of the time.", "Samples are taken 7 % of the time, 3 % of it.", "5 samples at 3 %.", "2.5 to 50 % of all", "no number %", "to 4 %"],
        Comments.Merge(
        [
            ["Waits run 10 % of the time.", "Samples are taken 7 % of the time, 3 % of it.", "2 samples at 3 %.", "50 % of all", "no number %"],
            ["Waits run 2.5 to 8 % of the time.", "3 samples at 3 %.", "2.5 % of all", "to 4 %"],
            ["Waits run 3 to 40 % of the time."],
        ]));

    [Fact]
    public void A_day_of_windows_does_not_fill_a_profile_with_sentences() =>
        Assert.InRange(Comments.Merge(Enumerable.Range(0, 9_000).Select(i => (string[])[$"Sentence number {i}."])).Length, 1, 32);

    [Fact]
    public void Nothing_to_say_is_nothing() => Assert.Empty(Comments.Merge([]));
}

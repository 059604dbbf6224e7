using SelfProfiler.Serve;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

public sealed class BoostTests
{
    private readonly FakeEngine _engine = new();

    [Theory]
    [InlineData("", null)]
    [InlineData("?seconds=20", 20)]
    [InlineData("?seconds=300", 300)]
    public void A_boost_lasts_as_long_as_asked(string query, int? seconds)
    {
        Assert.Equal(200, Post("/boost" + query).Status);
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, Assert.Single(_engine.Boosts));
    }

    [Theory]
    [InlineData("?seconds=301", "at most 300 seconds")]
    [InlineData("?seconds=0", "must be a positive integer")]
    [InlineData("?seconds=x", "must be a positive integer")]
    public void What_is_too_long_or_no_number_is_refused(string query, string sentence)
    {
        var answer = Post("/boost" + query);
        Assert.Equal(400, answer.Status);
        Assert.Contains(sentence, System.Text.Encoding.UTF8.GetString(FakeEngine.Body(answer)), StringComparison.Ordinal);
        Assert.Empty(_engine.Boosts);
    }

    [Fact]
    public void It_changes_state_hence_needs_a_header_and_the_verb()
    {
        Assert.Equal(403, _engine.Handler().Handle(FakeEngine.Request("/boost", "POST"), CancellationToken.None).Status);
        Assert.Equal(405, _engine.Handler().Handle(FakeEngine.Request("/boost", "GET", (AccessFacts.CustomHeader, "1")), CancellationToken.None).Status);
        _engine.Enabled = false;
        Assert.Equal(503, Post("/boost").Status);
        Assert.Empty(_engine.Boosts);
    }

    private PprofResponse Post(string target) =>
        _engine.Handler().Handle(FakeEngine.Request(target, "POST", (AccessFacts.CustomHeader, "1")), CancellationToken.None);
}

using SelfProfiler.Diagnostics;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public sealed class CompleterTests
{
    [Fact]
    public void An_action_that_fails_ends_nothing_and_is_told_once()
    {
        var told = new List<string>();
        using var completer = new Completer(notice =>
        {
            told.Add(notice.Text);
            throw new InvalidOperationException("The logger fails as well.");
        });
        using var done = new ManualResetEventSlim();
        completer.Post(() => throw new OutOfMemoryException());
        completer.Post(() => throw new OutOfMemoryException());
        completer.Post(done.Set);

        Assert.True(done.Wait(TimeSpan.FromSeconds(10)));
        Assert.Contains(nameof(OutOfMemoryException), Assert.Single(told), StringComparison.Ordinal);
        Assert.Equal(3, completer.Errors);
    }
}

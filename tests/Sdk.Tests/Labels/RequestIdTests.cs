using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

public sealed class RequestIdTests
{
    /// <summary>In ten seconds each slot is used more than once on a busy server.</summary>
    [Fact]
    public void Hashes_of_the_requests_of_a_window_differ()
    {
        var hashes = new HashSet<int>();
        for (int ticket = 0; ticket < 100_000; ticket++)
        {
            hashes.Add(RequestId.Of(ticket % 16_384, 1 + (ticket / 16_384)).GetHashCode());
        }

        Assert.InRange(hashes.Count, 99_900, 100_000);
    }
}

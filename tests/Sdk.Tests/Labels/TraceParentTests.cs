using System.Diagnostics;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

[Collection(OneTracker.Name)]
public sealed class TraceParentTests
{
    private const string Valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Theory]
    [InlineData(Valid, true)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes", true)]
    [InlineData("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", false)]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false)]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x", false)]
    [InlineData("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false)]
    [InlineData("", false)]
    public void Only_what_the_standard_allows_is_read(string header, bool valid)
    {
        Assert.Equal(valid, TraceParent.TryReadTrace(header, out ulong high, out ulong low));
        if (valid)
        {
            Assert.Equal((0x4bf92f3577b34da6ul, 0xa3ce929d0e0e4736ul), (high, low));
        }
    }

    [Fact]
    public void A_request_without_an_activity_belongs_to_the_trace_of_its_caller_with_a_span_of_its_own()
    {
        using var flows = new TrackedFlows();
        using (RequestScope.Begin(Valid))
        {
            var info = flows.Request(flows.Here().Label.Request);
            Assert.Equal((0x4bf92f3577b34da6ul, 0xa3ce929d0e0e4736ul), (info.TraceIdHigh, info.TraceIdLow));
            Assert.DoesNotContain(info.RootSpanId, new[] { 0ul, 0x00f067aa0ba902b7ul });
            Assert.Null(Activity.Current);
        }

        using (RequestScope.Begin(Valid.Replace('4', '_')))
        {
            Assert.NotEqual(0xa3ce929d0e0e4736ul, flows.Request(flows.Here().Label.Request).TraceIdLow);
        }
    }

    [Fact]
    public void An_activity_has_the_say()
    {
        using var flows = new TrackedFlows();
        using var request = new Activity("request").Start();
        using (RequestScope.Begin(Valid))
        {
            flows.Note(request);
        }

        flows.Note(request);
        flows.AssertTrue();
    }
}

using SelfProfiler.History;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.History;

public sealed class RequestOrderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3_000)]
    public void Requests_are_numbered_as_they_began_and_found_by_their_id(int count)
    {
        var random = new Random(count);
        var requests = new RequestInfo[count];
        for (int i = 0; i < count; i++)
        {
            requests[i] = new RequestInfo(RequestId.Of(i % 16_384, 1 + (i * 7)), 0, (ulong)i, 0, 0, 0, 0, random.Next(), 1);
        }

        var order = new RequestOrder(requests);

        Assert.Equal(count, order.Count);
        Assert.Equal(requests.Select(request => request.Start).Order(), Enumerable.Range(1, count).Select(number => order[number].Start));
        Assert.All(requests, request => Assert.Equal(request, order[order.NumberOf(request.Id)]));
        Assert.Equal(0, order.NumberOf(RequestId.None));
        Assert.Equal(0, order.NumberOf(RequestId.Of(16_383, 1)));
    }
}

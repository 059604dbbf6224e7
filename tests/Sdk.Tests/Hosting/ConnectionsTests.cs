using SelfProfiler.Decode;
using SelfProfiler.Hosting;
using SelfProfiler.Labels;
using SelfProfiler.Sdk.Tests.Decode;
using SelfProfiler.Session;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

[Collection(Quiet.Name)]
public sealed class ConnectionsTests : IDisposable
{
    private readonly Pump _pump = new(new PumpOptions());
    private readonly Pipeline _pipeline;
    private readonly Connections _connections;

    public ConnectionsTests()
    {
        var counters = new LabelCounters();
        var requests = new RequestTable(counters, 256);
        _pipeline = new Pipeline(new LabelTimeline(new ThreadTracks(new RingSupply(counters), counters), requests, counters), requests);
        _connections = new Connections(_pump, _pipeline);
        _pump.Start();
    }

    public void Dispose()
    {
        _pump.Dispose();
        _pipeline.Dispose();
    }

    [Fact]
    public async Task A_list_of_methods_between_two_readings_of_the_clocks_is_seen_once()
    {
        Assert.False(await Listed());

        var list = _connections.Open(SessionKind.Rundown, null!);
        Assert.True(await Listed());
        Assert.True(await Listed());
        Close(list);
        Assert.True(await Listed());
        Assert.False(await Listed());

        Close(_connections.Open(SessionKind.Rundown, null!));
        Assert.True(await Listed());
        Assert.False(await Listed());

        Close(_connections.Open(SessionKind.Waits, null!));
        Assert.False(await Listed());
    }

    [Fact]
    public async Task A_list_whose_end_was_refused_counts_as_under_way_until_the_next_one_has_ended()
    {
        _ = _connections.Open(SessionKind.Rundown, null!);
        Assert.True(await Listed());
        Assert.True(await Listed());

        Close(_connections.Open(SessionKind.Rundown, null!));
        Assert.True(await Listed());
        Assert.False(await Listed());
    }

    [Fact]
    public void What_the_pump_cannot_be_told_of_is_not_opened()
    {
        _pump.Stop(TimeSpan.FromSeconds(10));

        Assert.Throws<InvalidOperationException>(() => _connections.Open(SessionKind.Rundown, null!));
    }

    [Fact]
    public async Task Losses_of_a_session_count_while_it_lives_and_once_when_it_has_ended()
    {
        var methods = _connections.Open(SessionKind.Methods, null!);
        var waits = _connections.Open(SessionKind.Waits, null!);
        var stream = new NettraceBuilder().Metadata(1, NettraceBuilder.Runtime, 1);
        await Feed(methods, stream, 1, 5);
        await Feed(waits, new NettraceBuilder().Metadata(1, NettraceBuilder.Runtime, 1), 1, 6);
        Assert.Equal(7, _connections.Losses.Counts.LostEvents);

        Close(waits);
        await Listed(); // it has ended
        Assert.Equal(7, _connections.Losses.Counts.LostEvents);
        await Feed(methods, stream, 6, 12);
        Assert.Equal(12, _connections.Losses.Counts.LostEvents);
    }

    // Two events with these numbers, right behind what the builder has.
    private async Task Feed(SampleConnection connection, NettraceBuilder stream, uint first, uint second)
    {
        int before = connection.Counters.Bytes == 0 ? 0 : stream.ToArray().Length;
        byte[] bytes = stream.Events(new EventToWrite(1, 7, first, 2_000, []), new EventToWrite(1, 7, second, 3_000, [])).ToArray();
        Assert.True(_pump.Post(() => connection.OnBytes(bytes.AsSpan(before))));
        await Listed(); // it has been read
    }

    private void Close(PumpSource connection) => Assert.True(_pump.Post(() => connection.OnClosed(PumpClose.EndOfStream)));

    private async Task<bool> Listed()
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_pump.Post(() => answer.SetResult(_connections.ListedMethods())));
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }
}

using System.Text;
using SelfProfiler.Session;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>What a recording does with a runtime and a client that misbehave.</summary>
public sealed class TraceRecordingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TraceCounters _counters = new();

    [Fact]
    public async Task It_delivers_the_stream_and_what_comes_at_the_stop()
    {
        using var runtime = new FakeRuntime { Rundown = "the end"u8.ToArray() };
        var recording = new TraceRecording(() => runtime.Socket, TimeSpan.FromMinutes(2), _counters);
        var written = WriteAsync(recording);
        await Eventually.Until(() => runtime.OpenSessions == 1, Patience);
        runtime.Send("the beginning, "u8.ToArray());
        await Eventually.Until(() => written.Stream.Length > 0, Patience);
        recording.End();
        await written.Task.WaitAsync(Patience);
        Assert.Equal("the beginning, the end", Encoding.ASCII.GetString(written.Stream.ToArray()));
        await Eventually.Until(() => recording.IsOver, Patience);
    }

    [Fact]
    public async Task It_ends_by_itself_when_it_is_large_enough()
    {
        using var runtime = new FakeRuntime { Rundown = new byte[1_000] };
        var recording = new TraceRecording(() => runtime.Socket, TimeSpan.FromMinutes(2), _counters, maxBytes: 10_000);
        var written = WriteAsync(recording);
        await Eventually.Until(() => runtime.OpenSessions == 1, Patience);
        runtime.Send(new byte[10_000]);
        await written.Task.WaitAsync(Patience);
        Assert.Equal(11_000, written.Stream.Length);
        Assert.Equal((1, 0), (_counters.Full, _counters.Slow));
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_counted_once()
    {
        using var runtime = new FakeRuntime();
        var recording = new TraceRecording(() => runtime.Socket, TimeSpan.FromMinutes(2), _counters);
        recording.Start();
        await Eventually.Until(() => runtime.OpenSessions == 1, Patience);
        await Eventually.Until(
            () =>
            {
                runtime.Send([1]); // each takes a block when it is read by itself
                return _counters.Slow > 0;
            },
            Patience);
        recording.Abort();
        await Eventually.Until(() => recording.IsOver, Patience);
        Assert.Equal((0, 1), (_counters.Full, _counters.Slow));
    }

    [Fact]
    public async Task A_list_of_methods_longer_than_all_blocks_arrives_whole()
    {
        byte[] rundown = new byte[(Limits.TraceBlocks + 20) * TraceBlocks.BlockBytes];
        Random.Shared.NextBytes(rundown);
        using var runtime = new FakeRuntime { Rundown = rundown };
        var recording = new TraceRecording(() => runtime.Socket, TimeSpan.Zero, _counters);
        var written = WriteAsync(recording);
        await written.Task.WaitAsync(Patience);
        Assert.Equal(rundown, written.Stream.ToArray());
    }

    [Fact]
    public async Task A_client_that_goes_away_stops_the_session()
    {
        using var runtime = new FakeRuntime();
        var recorder = new TraceRecorder(() => runtime.Socket);
        using var gone = new CancellationTokenSource();
        var copy = recorder.Begin(TimeSpan.FromMinutes(2)).CopyToAsync(new MemoryStream(), gone.Token);
        await Eventually.Until(() => runtime.OpenSessions == 1, Patience);
        Assert.Throws<TooManyCapturesException>(() => recorder.Begin(TimeSpan.FromSeconds(1)));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copy.WaitAsync(Patience));
        await Eventually.Until(() => runtime.OpenSessions == 0 && !recorder.Runs, Patience);
        recorder.Stop(TimeSpan.Zero);
        Assert.Throws<InvalidOperationException>(() => recorder.Begin(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_no_whole_trace()
    {
        using var runtime = new FakeRuntime();
        var recording = new TraceRecording(() => runtime.Socket, TimeSpan.FromMinutes(2), _counters);
        var written = WriteAsync(recording);
        await Eventually.Until(() => runtime.OpenSessions == 1, Patience);
        runtime.EndSessions();
        await Assert.ThrowsAsync<InvalidOperationException>(() => written.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_runtime_without_room_says_so()
    {
        using var runtime = new FakeRuntime { Full = true };
        var recording = new TraceRecording(() => runtime.Socket, TimeSpan.FromMinutes(2), _counters);
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => WriteAsync(recording).Task.WaitAsync(Patience));
        Assert.Contains("64 sessions", exception.Message, StringComparison.Ordinal);
    }

    // Blocking, as the diagnostics port does it.
    private static (Task Task, MemoryStream Stream) WriteAsync(TraceRecording recording)
    {
        var stream = new MemoryStream();
        recording.Start();
        return (Task.Factory.StartNew(() => recording.CopyTo(stream, CancellationToken.None), TaskCreationOptions.LongRunning), stream);
    }
}

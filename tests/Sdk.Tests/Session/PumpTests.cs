using SelfProfiler.Session;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class PumpTests : IDisposable
{
    private readonly List<string> _errors = [];
    private long _turns;
    private readonly Pump _pump;

    public PumpTests()
    {
        _pump = new Pump(new PumpOptions
        {
            TurnInterval = TimeSpan.FromMilliseconds(5),
            OnTurn = _ => Interlocked.Increment(ref _turns),
            OnError = (where, exception) =>
            {
                lock (_errors)
                {
                    _errors.Add($"{where}: {exception.Message}");
                }
            },
        });
        _pump.Start();
    }

    public void Dispose() => _pump.Dispose();

    [Fact]
    public async Task Bytes_arrive_in_order_and_the_end_is_told_once()
    {
        using var pair = new SocketPair();
        var source = new RecordingSource();
        _pump.Attach(pair.Near, source);
        pair.Write(1, 2, 3);
        await Eventually.Until(() => source.Count == 3);
        pair.Write(4);
        pair.Close();
        await Eventually.Until(() => source.Closed is not null);
        Assert.Equal([1, 2, 3, 4], source.Bytes);
        Assert.Equal([PumpClose.EndOfStream], source.Closes);
        Assert.Equal(4, _pump.Counts.Bytes);
        Assert.Equal(0, _pump.Counts.Descriptors);
    }

    [Fact]
    public async Task A_source_that_throws_once_goes_on()
    {
        using var pair = new SocketPair();
        int calls = 0;
        var source = new RecordingSource(() => ThrowIf(calls++ == 0));
        _pump.Attach(pair.Near, source);
        pair.Write(1);
        await Eventually.Until(() => source.Calls == 1);
        pair.Write(2);
        await Eventually.Until(() => source.Count == 1);
        Assert.Equal([2], source.Bytes);
        Assert.Equal(1, _pump.Counts.Errors);
    }

    [Fact]
    public async Task A_source_that_throws_again_and_again_is_detached_and_the_others_go_on()
    {
        using var bad = new SocketPair();
        using var good = new SocketPair();
        var thrower = new RecordingSource(() => ThrowIf(true));
        var source = new RecordingSource();
        _pump.Attach(bad.Near, thrower);
        _pump.Attach(good.Near, source);
        for (int i = 1; i <= 5; i++)
        {
            bad.Write(1);
            await Eventually.Until(() => thrower.Calls == i);
        }

        await Eventually.Until(() => thrower.Closed == PumpClose.Faulted);
        Assert.True(bad.FarSideIsClosed());
        good.Write(7);
        await Eventually.Until(() => source.Count == 1);
        Assert.Equal(5, _errors.Count);
    }

    [Fact]
    public async Task A_command_that_throws_is_reported_and_the_next_one_runs()
    {
        bool ran = false;
        _pump.Post(() => ThrowIf(true));
        _pump.Post(() => Volatile.Write(ref ran, true));
        await Eventually.Until(() => Volatile.Read(ref ran));
        Assert.Equal(["a command on the pump: wanted"], _errors);
    }

    [Fact]
    public async Task The_turn_comes_however_much_arrives()
    {
        using var pair = new SocketPair();
        var source = new RecordingSource();
        _pump.Attach(pair.Near, source);
        var flood = new Thread(pair.Flood) { IsBackground = true };
        flood.Start();
        await Eventually.Until(() => source.Count > 1_000_000);
        long before = Interlocked.Read(ref _turns);
        await Eventually.Until(() => Interlocked.Read(ref _turns) >= before + 5);
        _pump.Detach(source);
        flood.Join();
        await Eventually.Until(() => source.Closed == PumpClose.Detached);
    }

    [Fact]
    public void Commands_beyond_the_capacity_are_refused_and_counted()
    {
        using var blocked = new ManualResetEventSlim();
        using var running = new ManualResetEventSlim();
        _pump.Post(() =>
        {
            running.Set();
            blocked.Wait();
        });
        running.Wait();
        int accepted = 0;
        while (_pump.Post(() => { }))
        {
            accepted++;
        }

        Assert.Equal(256, accepted);
        Assert.Equal(1, _pump.Counts.RefusedCommands);
        blocked.Set();
    }

    [Fact]
    public void Stopping_ends_the_thread_and_closes_every_stream()
    {
        using var pair = new SocketPair();
        var source = new RecordingSource();
        _pump.Attach(pair.Near, source);
        Assert.True(_pump.Stop(TimeSpan.FromSeconds(10)));
        Assert.Equal([PumpClose.PumpStopped], source.Closes);
        Assert.True(pair.FarSideIsClosed());
        Assert.False(_pump.Post(() => { }));
    }

    [Fact]
    public void A_pump_that_never_ran_closes_what_it_was_given()
    {
        using var pair = new SocketPair();
        using var idle = new Pump(new PumpOptions());
        var source = new RecordingSource();
        idle.Attach(pair.Near, source);
        Assert.True(idle.Stop(TimeSpan.FromSeconds(1)));
        Assert.Equal([PumpClose.PumpStopped], source.Closes);
    }

    [Fact]
    public async Task A_thousand_sources_come_and_go_without_a_trace()
    {
        int before = OpenSockets();
        for (int i = 0; i < 1_000; i++)
        {
            using var pair = new SocketPair();
            var source = new RecordingSource();
            await Eventually.Until(() => _pump.Attach(pair.Near, source));
            pair.Write(1);
            pair.Close();
            await Eventually.Until(() => source.Closed == PumpClose.EndOfStream && source.Count == 1);
        }

        Assert.Equal(0, _pump.Counts.Descriptors);
        Assert.InRange(OpenSockets(), 0, before + 50);
    }

    private static int OpenSockets() => Directory.GetFiles("/proc/self/fd").Length;

    private static void ThrowIf(bool condition)
    {
        if (condition)
        {
            throw new InvalidOperationException("wanted");
        }
    }
}

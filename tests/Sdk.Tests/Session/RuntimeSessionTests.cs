using System.Runtime.CompilerServices;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.Session;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>Sessions of this very process.</summary>
[Collection("Runtime sessions")]
public sealed class RuntimeSessionTests
{
    private static readonly SessionKind[] _lasting = [SessionKind.Methods, SessionKind.Gc, SessionKind.Contention, SessionKind.Waits];
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Every_session_runs_delivers_and_leaves_nothing_behind()
    {
        using var fixture = new SupervisorFixture();
        Array.ForEach(_lasting, kind => fixture.Supervisor.Want(kind, true));
        fixture.Supervisor.Start();
        await Eventually.Until(() => _lasting.All(fixture.Runs), _patience);
        await Eventually.Until(() => fixture.Readers(SessionKind.Rundown) is [{ Closed: PumpClose.EndOfStream, Count: > 10_000 }], _patience);
        await Eventually.Until(() =>
        {
            MakeEvents();
            return _lasting.All(kind => fixture.Readers(kind)[0].Count > 500);
        }, _patience);
        Assert.All(_lasting, kind => Assert.Equal("Nettrace"u8, fixture.Readers(kind)[0].Bytes.AsSpan(0, 8)));
        Assert.Empty(fixture.Notices);
        Assert.True(fixture.Supervisor.ThreadId > 0 && fixture.Pump.ThreadId > 0);

        Assert.Null(fixture.Supervisor.Stop(_patience));
        Assert.True(fixture.Pump.Stop(_patience));
        Assert.All(_lasting, kind => Assert.Equal([PumpClose.EndOfStream], fixture.Readers(kind)[0].Closes));
        Assert.All(fixture.Supervisor.Status(), status => Assert.Equal((SessionState.Off, 0), (status.State, status.Failures)));
        Assert.Equal(0, fixture.Pump.Counts.Descriptors);
        int[] threads = [fixture.Supervisor.ThreadId, fixture.Pump.ThreadId];
        await Eventually.Until(() => threads.All(OsThread.HasEnded), _patience); // joining returns a moment before the kernel's thread is gone
    }

    [Fact]
    public async Task A_window_of_ticks_on_request_is_reported_with_its_times()
    {
        using var fixture = new SupervisorFixture();
        fixture.Supervisor.Start();
        long before = Clock.Now;
        fixture.Supervisor.Ticks.RunWindowNow(TimeSpan.FromMilliseconds(5));
        await Eventually.Until(() => fixture.Supervisor.Ticks.Windows == 1, _patience);
        var window = Assert.Single(fixture.TickWindows);
        Assert.InRange(window.Start, before, Clock.Now);
        Assert.InRange(window.End - window.Start, 5_000_000, 60_000_000_000);
        Assert.Equal(SessionState.Off, fixture.Status(SessionKind.Ticks).State);
        Assert.Equal([PumpClose.EndOfStream], fixture.Readers(SessionKind.Ticks)[0].Closes);
    }

    [Fact]
    public async Task Windows_follow_the_allowed_rate_and_end_with_it()
    {
        using var fixture = new SupervisorFixture();
        fixture.Supervisor.Want(SessionKind.Ticks, true);
        fixture.Supervisor.Start();
        fixture.Supervisor.Ticks.SetAllowedRate(20);
        await Eventually.Until(() => fixture.Supervisor.Ticks.Windows >= 2, _patience);
        Assert.Equal(TickMode.Windows, fixture.Supervisor.Ticks.Mode);
        fixture.Supervisor.Want(SessionKind.Ticks, false);
        await Eventually.Until(() => fixture.Supervisor.Ticks.Mode == TickMode.Off, _patience);
    }

    [Fact]
    public async Task A_hundred_rundowns_in_a_row_never_hang()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("SELFPROFILER_TEST_CYCLES"), out int more) ? more : 100;
        using var fixture = new SupervisorFixture();
        fixture.Supervisor.Want(SessionKind.Methods, true);
        fixture.Supervisor.Start();
        for (int i = 1; i <= count; i++)
        {
            await Eventually.Until(() => fixture.Supervisor.Rundowns == i && fixture.Readers(SessionKind.Rundown)[i - 1].Closed == PumpClose.EndOfStream, _patience);
            Assert.True(fixture.Readers(SessionKind.Rundown)[i - 1].Count > 10_000);
            fixture.Supervisor.RequestRundown();
        }

        Assert.Empty(fixture.Notices);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MakeEvents()
    {
        for (int i = 0; i < 100; i++)
        {
            GC.KeepAlive(new byte[50_000]);
        }

        object gate = new();
        using var entered = new ManualResetEventSlim();
        var holder = new Thread(() =>
        {
            lock (gate)
            {
                entered.Set();
                Thread.Sleep(2);
            }
        });
        holder.Start();
        entered.Wait();
        lock (gate)
        {
            _ = entered.WaitHandle.WaitOne();
        }

        holder.Join();
    }
}

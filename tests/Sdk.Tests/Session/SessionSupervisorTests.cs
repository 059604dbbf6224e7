using SelfProfiler.Decode;
using SelfProfiler.Session;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>Faults, with a stand-in for the runtime.</summary>
public sealed class SessionSupervisorTests : IDisposable
{
    private readonly FakeRuntime _runtime = new();

    public void Dispose() => _runtime.Dispose();

    [Fact]
    public async Task A_session_that_dies_is_started_again()
    {
        using var fixture = Start(SessionKind.Gc);
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        _runtime.EndSessions();
        await Eventually.Until(() => fixture.Status(SessionKind.Gc) is { Failures: 1, State: SessionState.Starting });
        Assert.Equal(FailureReason.StreamEnded, fixture.Status(SessionKind.Gc).Failure!.Reason);
        Assert.Empty(fixture.Notices); // It might be the end of the process.
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        Assert.Equal(2, fixture.Status(SessionKind.Gc).Starts);
        Assert.Single(fixture.Notices);
        Assert.Equal(2, fixture.Readers(SessionKind.Gc).Length);
    }

    [Fact]
    public async Task A_session_whose_reader_fails_again_and_again_is_started_anew()
    {
        using var fixture = Start(SessionKind.Gc, options => options with { Source = _ => new RecordingSource(() => throw new InvalidOperationException("wanted")) });
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        await Eventually.Until(() =>
        {
            _runtime.Send([1]);
            return fixture.Status(SessionKind.Gc).Failures == 1;
        });
        Assert.Equal(FailureReason.ReaderFailed, fixture.Status(SessionKind.Gc).Failure!.Reason);
        Assert.Contains(fixture.Notices, notice => notice is "a source: wanted");
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
    }

    [Fact]
    public async Task A_session_whose_stream_cannot_be_read_is_started_anew_and_says_why()
    {
        using var fixture = Start(SessionKind.Gc, options => options with { Source = _ => new SampleConnection(new RuntimeEventHandlers(), _ => { }) });
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        _runtime.Send(new byte[64]);
        await Eventually.Until(() => fixture.Status(SessionKind.Gc).Failures == 1 && fixture.Notices.Length > 0);
        Assert.Equal(FailureReason.ReaderFailed, fixture.Status(SessionKind.Gc).Failure!.Reason);
        Assert.Contains("it does not begin with Nettrace", fixture.Notices[0]);
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        Assert.Equal(2, fixture.Status(SessionKind.Gc).Starts);
    }

    [Fact]
    public async Task A_window_of_ticks_that_cannot_be_read_is_a_failure_and_the_next_one_waits()
    {
        _runtime.Rundown = new byte[64];
        using var fixture = Start(SessionKind.Ticks, options => options with { Random = () => 1, Source = _ => new SampleConnection(new RuntimeEventHandlers(), _ => { }) });
        fixture.Supervisor.Ticks.SetAllowedRate(20);
        await Eventually.Until(() => fixture.Supervisor.Ticks.Windows == 1);
        var status = fixture.Status(SessionKind.Ticks);
        Assert.Equal((1, FailureReason.ReaderFailed), (status.Failures, status.Failure?.Reason));
        await Eventually.Until(() => fixture.Supervisor.Ticks.Windows == 2);
        Assert.InRange(fixture.Status(SessionKind.Ticks).Since - status.Since, 2_900_000_000, long.MaxValue);
    }

    [Fact]
    public async Task A_refused_session_is_tried_again_and_runs_when_there_is_room()
    {
        _runtime.Full = true;
        using var fixture = Start(SessionKind.Waits);
        await Eventually.Until(() => fixture.Status(SessionKind.Waits).Failures == 1 && fixture.Notices.Length > 0); // told after the status has it
        Assert.Contains("trying again in 1 s", fixture.Notices[0]);
        _runtime.Full = false;
        await Eventually.Until(() => fixture.Runs(SessionKind.Waits));
    }

    [Fact]
    public async Task Off_and_on_again_revives_a_session()
    {
        _runtime.Newest = 2;
        using var fixture = Start(SessionKind.Waits);
        await Eventually.Until(() => fixture.Status(SessionKind.Waits).State == SessionState.Failed);
        _runtime.Newest = IpcMessage.CollectTracing2;
        fixture.Supervisor.Want(SessionKind.Waits, false);
        await Eventually.Until(() => fixture.Status(SessionKind.Waits).State == SessionState.Off);
        fixture.Supervisor.Want(SessionKind.Waits, true);
        await Eventually.Until(() => fixture.Runs(SessionKind.Waits));
        Assert.Single(fixture.Notices);
    }

    [Fact]
    public async Task What_is_not_wanted_is_stopped_and_what_is_redefined_is_continued_without_a_gap()
    {
        using var fixture = Start(SessionKind.Gc);
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        fixture.Supervisor.Redefine(SessionDefinition.GcWithAllocationTicks(exceptions: true));
        await Eventually.Until(() => fixture.Status(SessionKind.Gc) is { Starts: 2, Stops: 1, State: SessionState.Running });
        var (before, after) = (fixture.Readers(SessionKind.Gc)[0], fixture.Readers(SessionKind.Gc)[1]);
        await Eventually.Until(() => after.Continues is not null);
        Assert.Equal((before, before.EndedAt, PumpClose.EndOfStream, 0), after.Continues!.Value);
        fixture.Supervisor.Want(SessionKind.Gc, false);
        await Eventually.Until(() => fixture.Status(SessionKind.Gc) is { Stops: 2, State: SessionState.Off });
        Assert.Equal(0, _runtime.OpenSessions);
        Assert.Equal(0, fixture.Status(SessionKind.Gc).Failures);
    }

    [Fact]
    public async Task The_first_rundown_comes_by_itself_and_arrives_whole()
    {
        _runtime.Rundown = new byte[100_000];
        using var fixture = Start(SessionKind.Methods);
        await Eventually.Until(() => fixture.Readers(SessionKind.Rundown) is [{ Closed: PumpClose.EndOfStream }]);
        Assert.Equal(100_000, fixture.Readers(SessionKind.Rundown)[0].Count);
        Assert.Equal(100_000, fixture.Status(SessionKind.Rundown).Bytes);
        fixture.Supervisor.RequestRundown();
        await Eventually.Until(() => fixture.Supervisor.Rundowns == 2);
        Assert.Equal(1, _runtime.OpenSessions);
    }

    [Fact]
    public async Task Rare_ticks_stay_on_are_reported_by_the_second_and_started_anew_when_they_fall_silent()
    {
        using var fixture = Start(SessionKind.Ticks, options => options with { LongestTickSilence = TimeSpan.FromSeconds(1.5) });
        fixture.Pump.Post(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                fixture.Supervisor.Ticks.Observe(i * 20_000_000L);
            }
        });
        await Eventually.Until(() => fixture.Supervisor.Ticks.Ticks == 10);
        fixture.Supervisor.Ticks.SetAllowedRate(99);
        await Eventually.Until(() => fixture.Runs(SessionKind.Ticks) && fixture.Supervisor.Ticks.Mode == TickMode.Always);
        await Eventually.Until(() => fixture.Status(SessionKind.Ticks) is { Failures: 1, Failure.Reason: FailureReason.Stalled });
        Assert.Contains(fixture.TickWindows, window => window.Mode == TickMode.Always && window.End - window.Start >= 1_000_000_000);
        await Eventually.Until(() => fixture.Status(SessionKind.Ticks).Starts == 2);
        fixture.Supervisor.Ticks.SetAllowedRate(0);
        await Eventually.Until(() => fixture.Status(SessionKind.Ticks).State == SessionState.Off);
        Assert.Equal(0, _runtime.OpenSessions);
    }

    [Fact]
    public async Task Every_reader_that_was_made_is_closed()
    {
        _runtime.Full = true;
        using var fixture = Start(SessionKind.Gc);
        await Eventually.Until(() => fixture.Readers(SessionKind.Gc) is [{ Closed: PumpClose.Detached }]);
    }

    [Fact]
    public async Task Stopping_ends_in_time_although_the_runtime_hangs_and_says_so()
    {
        using var fixture = Start(SessionKind.Gc, SessionKind.Waits);
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc) && fixture.Runs(SessionKind.Waits));
        _runtime.StopHangs = true;
        Assert.Contains("did not confirm", fixture.Supervisor.Stop(TimeSpan.FromMilliseconds(500)));
        await Eventually.Until(() => fixture.Pump.Counts.Descriptors == 0);
        Assert.All(fixture.Readers(SessionKind.Waits), reader => Assert.NotNull(reader.Closed));
    }

    [Fact]
    public async Task Stopping_ends_in_time_although_a_start_hangs()
    {
        _runtime.Silent = true;
        using var fixture = Start(SessionKind.Gc);
        await Eventually.Until(() => _runtime.Commands.Length == 1);
        Assert.Null(fixture.Supervisor.Stop(TimeSpan.FromMilliseconds(500)));
    }

    [Fact]
    public async Task Stopping_ends_in_time_although_a_rundown_hangs()
    {
        _runtime.StopHangs = true;
        using var fixture = Start(SessionKind.Methods);
        await Eventually.Until(() => _runtime.Commands.Contains((byte)1));
        Assert.Contains("did not confirm", fixture.Supervisor.Stop(TimeSpan.FromSeconds(3)));
    }

    [Fact]
    public async Task A_log_that_throws_harms_nothing()
    {
        _runtime.Full = true;
        using var fixture = Start(SessionKind.Gc, options => options with { Notice = _ => throw new InvalidOperationException("wanted") });
        await Eventually.Until(() => fixture.Supervisor.LostNotices == 1);
        _runtime.Full = false;
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
    }

    [Fact]
    public async Task A_pump_that_hangs_loses_its_streams_and_gets_them_back()
    {
        using var blocked = new ManualResetEventSlim();
        using var fixture = Start(SessionKind.Gc, options => options with { LongestPumpTurn = TimeSpan.FromMilliseconds(300) });
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        fixture.Pump.Post(blocked.Wait);
        await Eventually.Until(() => fixture.Status(SessionKind.Gc).State == SessionState.Failed);
        await Eventually.Until(() => fixture.Notices.Any(notice => notice.Contains("hangs", StringComparison.Ordinal))); // said after the sessions are given up
        blocked.Set();
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
    }

    [Fact]
    public async Task A_renewed_session_continues_the_one_before_when_that_one_has_been_read_to_its_end()
    {
        _runtime.Rundown = [1, 2, 3];
        using var fixture = Start(SessionKind.Waits);
        await Eventually.Until(() => fixture.Runs(SessionKind.Waits));
        fixture.Supervisor.Renew(SessionKind.Waits);
        await Eventually.Until(() => fixture.Status(SessionKind.Waits) is { Starts: 2, Stops: 1, Renewals: 1, State: SessionState.Running });
        var (before, after) = (fixture.Readers(SessionKind.Waits)[0], fixture.Readers(SessionKind.Waits)[1]);
        await Eventually.Until(() => after.Continues is not null);
        Assert.Equal([1, 2, 3], before.Bytes);
        Assert.Equal((before, before.EndedAt, PumpClose.EndOfStream, 0), after.Continues!.Value);
        _runtime.Send([4]);
        await Eventually.Until(() => after.Bytes is [4]);
        Assert.Equal(1, _runtime.OpenSessions);
        Assert.Equal(4, fixture.Status(SessionKind.Waits).Bytes);
        Assert.Empty(fixture.Notices);
    }

    [Fact]
    public async Task A_session_that_cannot_be_renewed_goes_on()
    {
        using var fixture = Start(SessionKind.Waits);
        await Eventually.Until(() => fixture.Runs(SessionKind.Waits));
        _runtime.Full = true;
        fixture.Supervisor.Renew(SessionKind.Waits);
        await Eventually.Until(() => fixture.Readers(SessionKind.Waits) is [_, { Closed: not null }]);
        _runtime.Send([4]);
        await Eventually.Until(() => fixture.Readers(SessionKind.Waits)[0].Bytes is [4]);
        Assert.True(fixture.Status(SessionKind.Waits) is { Starts: 1, Renewals: 0, Failures: 0, State: SessionState.Running });
    }

    [Fact]
    public async Task A_redefined_session_restarts_where_there_is_no_room_for_two()
    {
        using var fixture = Start(SessionKind.Gc);
        await Eventually.Until(() => fixture.Runs(SessionKind.Gc));
        _runtime.Full = true;
        fixture.Supervisor.Redefine(SessionDefinition.GcWithAllocationTicks(exceptions: true));
        await Eventually.Until(() => fixture.Status(SessionKind.Gc) is { Starts: 1, Stops: 1, Failures: > 0 });
        _runtime.Full = false;
        await Eventually.Until(() => fixture.Status(SessionKind.Gc) is { Starts: 2, State: SessionState.Running });
    }

    [Fact]
    public async Task A_barred_session_stays_off_and_says_why_once()
    {
        using var fixture = Start(SessionKind.Waits, SessionKind.Gc);
        await Eventually.Until(() => fixture.Runs(SessionKind.Waits) && fixture.Runs(SessionKind.Gc));
        fixture.Supervisor.Bar(SessionKind.Waits, new SessionFailure(FailureReason.Leaks, "It leaks."));
        await Eventually.Until(() => fixture.Status(SessionKind.Waits).State == SessionState.Failed);
        fixture.Supervisor.Want(SessionKind.Waits, false);
        fixture.Supervisor.Want(SessionKind.Waits, true);
        fixture.Supervisor.Renew(SessionKind.Waits);
        fixture.Supervisor.Want(SessionKind.Gc, false);
        await Eventually.Until(() => fixture.Status(SessionKind.Gc).State == SessionState.Off);
        Assert.True(fixture.Status(SessionKind.Waits) is { State: SessionState.Failed, Starts: 1, Stops: 1, Failure.Sentence: "It leaks." });
        Assert.Equal(["It leaks."], fixture.Notices);
    }

    private SupervisorFixture Start(params SessionKind[] kinds) => Start(kinds, null);

    private SupervisorFixture Start(SessionKind kind, Func<SupervisorOptions, SupervisorOptions> change) => Start([kind], change);

    private SupervisorFixture Start(SessionKind[] kinds, Func<SupervisorOptions, SupervisorOptions>? change)
    {
        var fixture = new SupervisorFixture(_runtime.Socket, change);
        foreach (var kind in kinds)
        {
            fixture.Supervisor.Want(kind, true);
        }

        fixture.Supervisor.Start();
        return fixture;
    }
}

using SelfProfiler.Diagnostics;
using SelfProfiler.Kernel;
using SelfProfiler.Labels;
using SelfProfiler.Session;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

public sealed class SchedulingTests
{
    private const int PolicyField = 40; // of /proc/<pid>/task/<tid>/stat, counted from 0
    private const string Batch = "3";
    private const string Other = "0";

    private static readonly Sandbox Free = new(Filtered: false, Service: false, Paranoid: 2);

    [Fact]
    public void A_thread_that_gives_way_is_of_the_batch_class_and_those_it_starts_are_not()
    {
        string? own = null, child = null;
        bool first = false, second = true;
        OnThread(() =>
        {
            first = Scheduling.GiveWay(() => Free);
            own = Policy();
            OnThread(() => child = Policy());
            second = Scheduling.GiveWay(() => Free); // of another class than the ordinary one by now
        });

        Assert.True(first);
        Assert.Equal((Batch, Other), (own, child));
        Assert.False(second);
    }

    [Fact]
    public void Under_a_filter_that_may_kill_nothing_is_called()
    {
        string? policy = null;
        OnThread(() =>
        {
            Assert.False(Scheduling.GiveWay(() => Free with { Filtered = true }));
            policy = Policy();
        });

        Assert.Equal(Other, policy);
    }

    [Fact]
    public async Task The_pump_gives_way()
    {
        using var pump = new Pump(new PumpOptions());
        pump.Start();
        bool ran = false;
        pump.Post(() => Volatile.Write(ref ran, true));
        await Eventually.Until(() => Volatile.Read(ref ran));

        Assert.Equal(!Sandbox.Read().Filtered, pump.GivesWay);
        Assert.Equal(pump.GivesWay ? Batch : Other, Policy(pump.ThreadId));
    }

    private static void OnThread(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }

    private static string Policy() => Policy(OsThread.CurrentId());

    private static string Policy(int thread)
    {
        var text = File.ReadAllText($"/proc/self/task/{thread}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ')[PolicyField - 2];
    }
}

using System.Diagnostics;
using SelfProfiler.Serve.Port;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

/// <summary>Runs alone: takes all threads of the pool from everybody else.</summary>
[CollectionDefinition(nameof(PortStressTests), DisableParallelization = true)]
public sealed class PortStressAlone;

[Collection(nameof(PortStressTests))]
public sealed class PortStressTests
{
    [Fact]
    public void With_all_pool_threads_blocked_it_still_answers()
    {
        using var port = new TestPort(change: profiler => profiler with { Trace = (_, stream, _) => stream.Write("Nettrace"u8) });
        ThreadPool.GetMinThreads(out var minWorkers, out var minIo);
        ThreadPool.GetMaxThreads(out var maxWorkers, out var maxIo);
        var gate = new ManualResetEventSlim();
        var blocked = 0;
        var probed = 0;
        var limit = Math.Max(ThreadPool.ThreadCount, Environment.ProcessorCount);
        try
        {
            Assert.True(ThreadPool.SetMinThreads(1, 1));
            Assert.True(ThreadPool.SetMaxThreads(limit, limit));
            for (var i = 0; i < limit + 16; i++)
            {
                ThreadPool.UnsafeQueueUserWorkItem(_ => Block(ref blocked, gate), null);
            }

            // Some of the threads may be those that run this test; what counts is that nothing moves any more.
            Eventually.UntilBlocking(() => Stands(ref blocked, limit), TimeSpan.FromSeconds(30));
            ThreadPool.UnsafeQueueUserWorkItem(_ => Interlocked.Increment(ref probed), null);
            Assert.Equal(200, port.Get("/debug/pprof/").Status);
            Assert.Equal(200, port.Get("/debug/pprof/threads?debug=2").Status);
            Assert.Equal(200, port.Get("/debug/pprof/goroutine").Status);
            Assert.NotEmpty(PprofChecker.Check(port.Get("/debug/pprof/profile?seconds=1").Body).Rows);
            Assert.Equal(200, port.Get("/debug/pprof/wall?seconds=1&format=speedscope").Status);
            Assert.Equal(200, port.Get("/debug/pprof/trace?seconds=1").Status);
            port.Engine.Hold();
            var leaving = port.Connect();
            leaving.Send(RawClient.Get("/debug/pprof/profile"));
            Eventually.UntilBlocking(() => port.Engine.Waiting == 1);
            leaving.Dispose();
            Eventually.UntilBlocking(() => port.Engine.Cancelled == 1);
            Assert.True(port.Port.Stop(TimeSpan.FromSeconds(10)));
            Assert.Equal(0, Volatile.Read(ref probed));
        }
        finally
        {
            gate.Set();
            ThreadPool.SetMaxThreads(maxWorkers, maxIo);
            ThreadPool.SetMinThreads(minWorkers, minIo);
        }
    }

    [Fact]
    public void A_thousand_parallel_clients_are_all_answered_and_cost_no_more_threads()
    {
        const int Clients = 1_000;
        using var port = new TestPort(new PortLimits { Threads = 8 });
        var clients = new RawClient[Clients];
        for (var i = 0; i < Clients; i++)
        {
            clients[i] = port.Connect();
        }

        foreach (var client in clients)
        {
            client.Send(RawClient.Get("/debug/pprof/cmdline", "Connection: close\r\n"));
        }

        var statuses = new Dictionary<int, int>();
        foreach (var client in clients)
        {
            var status = client.Read()?.Status ?? 0;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            client.Dispose();
        }

        // On a slow machine those that were accepted first were silent for a second and gave way: with a word, like all.
        Assert.Equal(Clients, statuses.GetValueOrDefault(200) + statuses.GetValueOrDefault(503) + statuses.GetValueOrDefault(408));
        Assert.True(statuses.GetValueOrDefault(200) >= 100, $"{statuses.GetValueOrDefault(200)} of {Clients}");
        Assert.True(port.Port.Counters.Full > 0);
        Assert.InRange(port.Port.Threads, 0, 8);
        Assert.Equal(0, port.Port.Counters.Faults);
        Assert.Equal(200, port.Get("/debug/pprof/status").Status);
    }

    [Fact]
    public void A_hundred_silent_connections_do_not_keep_others_out()
    {
        using var port = new TestPort(new PortLimits { Threads = 4, Request = TimeSpan.FromSeconds(2), GivesWayAfter = TimeSpan.FromMilliseconds(100) });
        var silent = Enumerable.Range(0, 100).Select(_ => port.Connect()).ToList();
        var start = Stopwatch.GetTimestamp();
        RawResponse? answer = null;
        while (answer?.Status != 200)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60));
            using var client = port.Connect();
            answer = client.Send(RawClient.Get("/debug/pprof/status")).Read();
        }

        silent.ForEach(client => client.Dispose());
        Assert.Equal(0, port.Port.Counters.Faults);
    }

    private static void Block(ref int blocked, ManualResetEventSlim gate)
    {
        Interlocked.Increment(ref blocked);
        gate.Wait();
    }

    /// <summary>As many are blocked as can be, and work is waiting.</summary>
    private static bool Stands(ref int blocked, int limit)
    {
        var before = Volatile.Read(ref blocked);
        Thread.Sleep(200);
        return before >= limit - 2 && before == Volatile.Read(ref blocked) && ThreadPool.PendingWorkItemCount > 0;
    }
}

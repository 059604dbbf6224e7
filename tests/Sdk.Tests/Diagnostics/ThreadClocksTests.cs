using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Diagnostics;

[Collection(Quiet.Name)]
public class ThreadClocksTests
{
    [Fact]
    public async Task What_a_thread_burnt_between_two_readings_is_known_from_the_process()
    {
        using var clocks = new ThreadClocks();
        long burnt = 0;
        int thread = 0;
        var burner = new Thread(() => (thread, burnt) = (OsThread.CurrentId(), Burn(200)));
        burner.Start();
        burner.Join();
        await Eventually.Until(() => OsThread.HasEnded(thread)); // joined a moment before
        clocks.Read(Clock.Now);

        // The burner began and ended between two readings: only the process clock knows.
        Assert.InRange(clocks.EndedNs, burnt * 0.95, clocks.ProcessNs);
    }

    [Fact]
    public void A_living_thread_gets_what_it_burnt_split_into_user_and_kernel()
    {
        using var clocks = new ThreadClocks();
        using var thread = new SteppedThread("SelfProfiler test");
        var before = thread.Run(() => Burn(5));
        Find(clocks, thread.Tid);
        var burnt = thread.Run(() => Burn(150));

        var reading = Find(clocks, thread.Tid);

        Assert.Equal(ThreadKind.Own, reading.Kind);
        Assert.InRange(reading.CpuNs, burnt * 0.9, (burnt + before) * 1.2);
        Assert.InRange(reading.UserNs + reading.KernelNs, burnt - 40_000_000, (burnt + before) * 1.2);
        Assert.InRange(reading.StartNs, Clock.Now - 60_000_000_000, Clock.Now);
    }

    [Fact]
    public void A_thread_that_slept_for_long_is_noticed_when_it_runs()
    {
        using var clocks = new ThreadClocks();
        using var thread = new SteppedThread("sleeper");
        for (var i = 0; i < 10; i++)
        {
            clocks.Read(Clock.Now);
        }

        // Whichever of the kinds of reading comes next.
        for (var i = 0; i < 32; i++)
        {
            clocks.Read(Clock.Now);
            var burnt = thread.Run(() => Burn(20));
            Assert.InRange(Find(clocks, thread.Tid).CpuNs, burnt * 0.7, burnt * 2);
        }
    }

    [Fact]
    public void Threads_that_sleep_are_read_rarely()
    {
        using var clocks = new ThreadClocks();
        clocks.Read(Clock.Now, all: true);
        var before = clocks.FullReadings;
        for (var i = 0; i < 320; i++)
        {
            clocks.Read(Clock.Now);
        }

        // Every 32nd; every eighth when other threads of the test run meanwhile.
        Assert.InRange(clocks.FullReadings - before, 9, 30);
    }

    [Fact]
    public void What_a_sleeping_thread_burnt_before_a_reading_of_all_is_in_no_later_one()
    {
        using var clocks = new ThreadClocks();
        using var thread = new SteppedThread("sleeper");
        for (var i = 0; i < 10; i++)
        {
            clocks.Read(Clock.Now);
        }

        // A hundredth of what the process burns may stay unexplained: it must not be this.
        thread.Run(() => Burn(2));
        Burn(400);
        clocks.Read(Clock.Now, all: true);
        long later = 0;
        for (var i = 0; i < 40; i++)
        {
            later += Find(clocks, thread.Tid).CpuNs;
        }

        Assert.InRange(later, 0, 1_000_000);
    }

    [Fact]
    public void The_end_of_a_thread_is_told_once()
    {
        var ended = new List<(int Tid, int Generation)>();
        using var clocks = new ThreadClocks((tid, generation) => ended.Add((tid, generation)));
        ThreadCpu reading;
        using (var thread = new SteppedThread("short"))
        {
            reading = Find(clocks, thread.Tid);
        }

        // The kernel's thread outlives Join by a moment.
        for (var deadline = Clock.Now + 5_000_000_000; Clock.Now < deadline && !ended.Contains((reading.Tid, reading.Generation)); Thread.Yield())
        {
            clocks.Read(Clock.Now);
        }

        clocks.Read(Clock.Now);
        Assert.Single(ended, (reading.Tid, reading.Generation));
    }

    [Fact]
    public void A_reading_allocates_nothing()
    {
        using var clocks = new ThreadClocks();
        for (var i = 0; i < 10; i++)
        {
            clocks.Read(Clock.Now);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 20; i++)
        {
            clocks.Read(Clock.Now);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(0, clocks.Failed);
    }

    [Fact]
    public void Threads_beyond_the_kept_descriptors_are_read_too()
    {
        using var clocks = new ThreadClocks();
        using var stop = new ManualResetEventSlim();
        var threads = Enumerable.Range(0, 600).Select(_ => new Thread(() => stop.Wait(), 128 * 1024)).ToList();
        threads.ForEach(thread => thread.Start());
        for (var i = 0; i < 8; i++)
        {
            clocks.Read(Clock.Now);
        }

        var living = clocks.Threads;
        var descriptors = Directory.GetFiles("/proc/self/fd").Length;
        stop.Set();
        threads.ForEach(thread => thread.Join());

        Assert.InRange(living, 600, 1_000);
        Assert.InRange(descriptors, 16, 900);
        Assert.Equal(0, clocks.Failed);
    }

    /// <summary>A thread that has just been made shows when all are read, at the latest the 32nd time.</summary>
    private static ThreadCpu Find(ThreadClocks clocks, int tid)
    {
        for (var i = 0; i < 33; i++)
        {
            foreach (var thread in clocks.Read(Clock.Now))
            {
                if (thread.Tid == tid)
                {
                    return thread;
                }
            }
        }

        throw new InvalidOperationException($"thread {tid} is not listed");
    }

    private static long Burn(int milliseconds)
    {
        var start = Libc.ThreadCpuNs();
        while (Libc.ThreadCpuNs() - start < milliseconds * 1_000_000L)
        {
        }

        return Libc.ThreadCpuNs() - start;
    }

    /// <summary>A thread that runs what it is given, one step at a time, so that a test can read its clock in between.</summary>
    private sealed class SteppedThread : IDisposable
    {
        private readonly SemaphoreSlim _go = new(0);
        private readonly SemaphoreSlim _done = new(0);
        private readonly Thread _thread;
        private Func<long>? _step;
        private long _result;

        public SteppedThread(string name)
        {
            _thread = new Thread(Loop) { Name = name };
            _thread.Start();
            Tid = (int)Run(() => Libc.ThreadId());
        }

        public int Tid { get; }

        public long Run(Func<long> step)
        {
            _step = step;
            _go.Release();
            _done.Wait();
            return _result;
        }

        public void Dispose()
        {
            _step = null;
            _go.Release();
            _thread.Join();
            _go.Dispose();
            _done.Dispose();
        }

        private void Loop()
        {
            while (true)
            {
                _go.Wait();
                if (_step is null)
                {
                    return;
                }

                _result = _step();
                _done.Release();
            }
        }
    }
}

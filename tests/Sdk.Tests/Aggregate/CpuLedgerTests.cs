using SelfProfiler.Aggregate;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Aggregate;

public sealed class CpuLedgerTests
{
    private const long Second = 1_000_000_000;

    private readonly StackTrie _trie = new();
    private readonly FrameTable _frames = new(static _ => null);
    private readonly Dictionary<string, double> _cpu = [];
    private readonly Collections _collections = new();
    private readonly CpuLedger _ledger;

    public CpuLedgerTests() => _ledger = new CpuLedger(_trie, _frames, _collections);

    [Fact]
    public void A_blocked_thread_gets_no_cpu_and_a_busy_one_gets_all_of_its_own()
    {
        for (int i = 0; i < 10; i++)
        {
            Tick(thread: 1, i, "busy", computing: true);
            Tick(thread: 2, i, "blocked", computing: false);
        }

        Close(kernel: false, new CpuUse(1, 0.9 * Second, 0, "[native]"), new CpuUse(2, 0, 0, "[native]"));

        Assert.Equal(0.9 * Second, _cpu["busy"], 1.0);
        Assert.False(_cpu.ContainsKey("blocked"));
    }

    [Fact]
    public void A_thread_that_computed_a_third_of_the_time_is_charged_there_and_the_rest_to_native_code()
    {
        for (int i = 0; i < 9; i++)
        {
            Tick(1, i, i < 3 ? "managed" : i < 6 ? "native" : "sleep", computing: i < 3, blocked: i >= 6);
        }

        Close(kernel: false, new CpuUse(1, 0.6 * Second, 0, "[native]"));

        Assert.Equal(Second / 3.0, _cpu["managed"], 1.0);
        Assert.Equal(0.6 * Second - Second / 3.0, _cpu["native"], 1.0);
        Assert.False(_cpu.ContainsKey("sleep"));
    }

    [Fact]
    public void Native_code_of_a_thread_that_collects_is_a_collection()
    {
        _collections.Begin(new SelfProfiler.Decode.SuspendBegin(1, 100, SelfProfiler.Decode.SuspendReason.Gc));
        _collections.End(new SelfProfiler.Decode.SuspendEnd(1, 200));
        int native = _trie.Child(StackTrie.Root, _frames.Intern(0x7000_0000_0000));
        foreach (long time in (long[])[50, 150, 250])
        {
            _ledger.Add(new PendingSample { Thread = 1, Timestamp = time, Key = new SampleKey(native, default, 0, SampleFlags.None), Computing = true });
        }

        var stacks = new List<int>();
        _ledger.Close(new CpuPeriod(1_000, 1_000, true, Second, 0), [new CpuUse(1, 300, 0, "[native]")], (in PendingSample sample) => stacks.Add(sample.Key.Stack));
        Assert.Equal([native, _trie.Child(native, _frames.Intern("[gc]")), native], stacks);
    }

    [Fact]
    public void Cpu_without_a_sample_is_kept_and_given_to_the_next_sample()
    {
        Close(kernel: false, new CpuUse(1, 100, 0, "[native]"));
        Assert.Empty(_cpu);
        Tick(1, 1, "work", computing: true);
        Close(kernel: false, new CpuUse(1, 50, 0, "[native]"));
        Assert.Equal(150, _cpu["work"], 0.001);
    }

    [Fact]
    public void Collector_and_compiler_threads_appear_under_their_names()
    {
        Close(kernel: false, new CpuUse(7, 300, 0, "[gc]"), new CpuUse(8, 200, 0, "[jit]"));
        Assert.Equal(300, _cpu["[gc]"], 0.001);
        Assert.Equal(200, _cpu["[jit]"], 0.001);
    }

    [Fact]
    public void Kernel_samples_of_light_threads_share_what_they_used_together()
    {
        Tick(1, 1, "a", computing: true);
        Tick(2, 2, "b", computing: true);
        Close(kernel: true, new CpuUse(1, 3, 0, "[native]"), new CpuUse(2, 9, 0, "[native]"), new CpuUse(3, 8, 0, "[native]"));
        Assert.Equal(10, _cpu["a"], 0.001);
        Assert.Equal(10, _cpu["b"], 0.001);
    }

    [Fact]
    public void Time_in_the_kernel_is_shown_under_the_stack_that_entered_it()
    {
        for (int i = 0; i < 10; i++)
        {
            Tick(1, i, "write", computing: true);
        }

        Close(kernel: true, new CpuUse(1, 1_000, 0.75, "[native]"));

        Assert.Equal(250, _cpu["write"], 0.001);
        Assert.Equal(750, _cpu["write;[kernel]"], 0.001);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_sum_is_what_the_clocks_say_whatever_was_sampled(bool kernel)
    {
        var random = new Random(7);
        double used = 0;
        for (int period = 0; period < 200; period++)
        {
            var threads = new List<CpuUse>();
            for (int thread = 1; thread <= 12; thread++)
            {
                double cpu = random.Next(3) == 0 ? 0 : random.NextDouble() * Second;
                used += cpu;
                threads.Add(new CpuUse(thread, cpu, random.NextDouble(), thread == 12 ? "[gc]" : "[native]"));
                for (int i = random.Next(thread == 11 ? 1 : 15); i > 0; i--)
                {
                    Tick(thread, i, "s" + random.Next(4), random.Next(2) == 0, random.Next(3) == 0);
                }
            }

            _gaps = kernel && random.Next(2) == 0;
            Close(kernel, [.. threads]);
        }

        _gaps = false;
        for (int i = 0; i < 30; i++)
        {
            Close(kernel, [.. Enumerable.Range(1, 12).Select(thread => new CpuUse(thread, 0, 0, "[native]"))]);
        }

        Assert.Equal(used, _cpu.Values.Sum(), used * 1e-9);
    }

    [Fact]
    public void While_no_samples_are_taken_cpu_waits_for_the_next_ones_of_its_own_thread()
    {
        _gaps = true;
        Close(kernel: true, new CpuUse(1, 300, 0, "[native]"), new CpuUse(2, 30, 0, "[native]"));
        Close(kernel: true, new CpuUse(1, 300, 0, "[native]"), new CpuUse(2, 30, 0, "[native]"));
        Assert.Empty(_cpu);

        _gaps = false;
        for (int i = 0; i < 10; i++)
        {
            Tick(thread: 1, i, "busy", computing: true);
        }

        Tick(thread: 2, 0, "light", computing: true);
        Close(kernel: true, new CpuUse(1, 300, 0, "[native]"), new CpuUse(2, 30, 0, "[native]"));

        // Without the wait the light thread's sample would have got the busy one's time.
        Assert.Equal(900, _cpu["busy"], 0.001);
        Assert.Equal(90, _cpu["light"], 0.001);
    }

    [Fact]
    public void What_waits_too_long_for_samples_is_said_to_be_unsampled()
    {
        _gaps = true;
        for (int i = 0; i < 12; i++)
        {
            Close(kernel: true, new CpuUse(1, 100, 0, "[native]"));
        }

        Assert.InRange(_cpu["[unsampled]"], 400, 1_200);
    }

    [Fact]
    public void A_capture_is_not_charged_what_was_used_before_it()
    {
        _gaps = true;
        Close(kernel: true, new CpuUse(1, 300, 0, "[native]"));
        (_gaps, _fresh) = (false, true);
        Tick(thread: 1, 0, "light", computing: true);
        Close(kernel: true, new CpuUse(1, 100, 0, "[native]"));

        Assert.Equal(100, _cpu["light"], 0.001);
        Assert.Equal(300, _cpu["[unsampled]"], 0.001);
    }

    private bool _gaps;
    private bool _fresh;
    private long _now;

    private void Tick(int thread, int at, string name, bool computing, bool blocked = false) =>
        _ledger.Add(new PendingSample
        {
            Thread = thread,
            Timestamp = _now + at,
            Key = new SampleKey(_trie.Child(StackTrie.Root, _frames.Intern(name)), default, 0, SampleFlags.None),
            Computing = computing,
            Blocked = blocked,
        });

    private void Close(bool kernel, params CpuUse[] threads)
    {
        _now += Second;
        _ledger.Close(new CpuPeriod(_now, Second, kernel, 4 * Second, 0, _gaps, _fresh), threads, OnSample);
        _ledger.BeginPeriod();
    }

    private void OnSample(in PendingSample sample)
    {
        if (sample.CpuNs == 0)
        {
            return;
        }

        string name = "";
        for (int node = sample.Key.Stack; node != StackTrie.Root; node = _trie.ParentOf(node))
        {
            name = _frames.Get(_trie.FrameOf(node)).Synthetic + (name.Length > 0 ? ";" : "") + name;
        }

        _cpu[name] = _cpu.GetValueOrDefault(name) + sample.CpuNs;
    }
}

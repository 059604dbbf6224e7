using System.Diagnostics;
using System.Runtime.InteropServices;
using SelfProfiler.Decode;
using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

[Collection(Quiet.Name)]
public sealed class KernelSamplerTests
{
    private static readonly PerfRights OldKernel = new(KernelTime: false, SystemWide: false, InheritThread: false);

    [Fact]
    public void A_busy_thread_gets_a_sample_for_every_period_of_its_cpu_time()
    {
        using var pump = new TestPump(new KernelSamplerSettings { KernelTime = true, AllProcesses = false });
        var before = Stopwatch.GetTimestamp();
        var (thread, used) = Burner.OnNewThread(TimeSpan.FromSeconds(2), Burner.Spin);
        var after = Stopwatch.GetTimestamp();
        pump.Stop();

        // A ring holds 30 of these samples: they went around it several times. Only a machine so busy that the pump comes late loses some, and they are counted.
        var expected = used / (double)KernelSamplerSettings.DefaultPeriod;
        Assert.InRange(pump.Count(thread), (expected * 0.95) - pump.LastStatus.Lost, expected * 1.05);
        Assert.All(pump.Samples.Where(sample => sample.Thread == thread), sample => Assert.InRange(sample.Timestamp, before, after));
        Assert.Equal(0, pump.LastStatus.Malformed);
    }

    [Theory]
    [InlineData(nameof(SamplerScheme.ThreadsByCpus), true)]
    [InlineData(nameof(SamplerScheme.ThreadsByCpus), false)]
    [InlineData(nameof(SamplerScheme.Threads), false)]
    [InlineData(nameof(SamplerScheme.SystemWide), false)]
    public void Every_scheme_covers_threads_that_start_later(string name, bool inherit)
    {
        var scheme = Enum.Parse<SamplerScheme>(name);
        Assert.SkipWhen(scheme == SamplerScheme.SystemWide && Environment.UserName != "root" && Environment.GetEnvironmentVariable("CI") != "true", "Needs CAP_PERFMON.");
        var rights = OldKernel with { InheritThread = inherit, SystemWide = scheme == SamplerScheme.SystemWide };
        using var pump = new TestPump(new KernelSamplerSettings { Scheme = scheme }, rights);
        Assert.Equal(scheme, pump.Status.Scheme);
        Assert.Equal(inherit, pump.Status.Inherits);
        var (thread, used) = Burner.OnNewThread(TimeSpan.FromSeconds(1), Burner.Spin);
        pump.Stop();

        // Threads that have to be found lose what they did before, however late the pump looks. The clock of a CPU, unlike
        // that of a thread, does not stop while others run: where many run, how many of its ticks fall on this thread is left to chance.
        var expected = used / (double)KernelSamplerSettings.DefaultPeriod;
        var (least, most) = inherit ? ((expected * 0.93) - pump.LastStatus.Lost, expected * 1.05) : (5, expected * 1.3);
        Assert.InRange(pump.Count(thread), least, most);
    }

    [Theory]
    [InlineData(nameof(SamplerScheme.ThreadsByCpus), true)]
    [InlineData(nameof(SamplerScheme.ThreadsByCpus), false)]
    [InlineData(nameof(SamplerScheme.Threads), false)]
    public void A_thousand_short_threads_cost_no_descriptors(string name, bool inherit)
    {
        var scheme = Enum.Parse<SamplerScheme>(name);
        using var pump = new TestPump(new KernelSamplerSettings { Scheme = scheme }, OldKernel with { InheritThread = inherit });
        var before = pump.Status.Descriptors;
        for (var i = 0; i < 1000; i++)
        {
            var thread = new Thread(() => Thread.SpinWait(100), maxStackSize: 64 << 10);
            thread.Start();
            thread.Join();
        }

        pump.Drain();
        Assert.True(WaitFor(() => pump.Status.Descriptors <= before + 20), $"{before} before, now {pump.Status}");
        pump.Stop();
        Assert.True(pump.LastStatus.Running);
        Assert.Equal(0, pump.LastStatus.Malformed);
        Assert.InRange(pump.LastStatus.RingBytes, 1, Limits.KernelRingBytes);
    }

    [Fact]
    public void Events_per_cpu_are_the_first_choice_and_pass_over_other_processes()
    {
        using var pump = new TestPump(new KernelSamplerSettings());
        Assert.SkipWhen(Environment.UserName != "root" && Environment.GetEnvironmentVariable("CI") != "true", "Needs CAP_PERFMON.");
        Assert.Equal(SamplerScheme.SystemWide, pump.Status.Scheme);
        Assert.Equal(pump.Status.Cpus, pump.Status.Events);
        using var other = Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]))!;
        try
        {
            Assert.True(WaitFor(() => pump.Status.ForeignSamples > 50));
        }
        finally
        {
            other.Kill();
        }

        var (thread, _) = Burner.OnNewThread(TimeSpan.FromSeconds(1), Burner.Spin);
        pump.Stop();
        var threads = Directory.GetDirectories("/proc/self/task").Select(Path.GetFileName).Append($"{thread}").ToHashSet();
        Assert.InRange(pump.Count(thread), 50, 150);
        Assert.DoesNotContain(pump.Samples, sample => sample.Thread <= 0 || sample.Thread == other.Id);
        Assert.True(pump.Samples.Count(sample => threads.Contains($"{sample.Thread}")) > 50);
        Assert.Equal(0, pump.LastStatus.Malformed);
    }

    [Fact]
    public void Where_others_take_the_cpus_threads_get_events_of_their_own()
    {
        var crowd = new CrowdWatch();
        crowd.Restart(0, 0, 0, 0);
        crowd.Observe(Stopwatch.GetTimestamp(), 0, long.MaxValue / 2, 0, 1e9);
        using var pump = new TestPump(new KernelSamplerSettings { Crowd = crowd });
        Assert.Equal(SamplerScheme.ThreadsByCpus, pump.Status.Scheme);
        Assert.Contains("tried again", pump.Status.Sentence);
    }

    [Fact]
    public void Where_others_come_to_take_the_cpus_threads_get_events_of_their_own_and_sampling_goes_on()
    {
        Assert.SkipWhen(Environment.UserName != "root" && Environment.GetEnvironmentVariable("CI") != "true", "Needs CAP_PERFMON.");
        var crowd = new CrowdWatch();
        using var sampler = KernelSampler.TryStart(new KernelSamplerSettings { Crowd = crowd }, out var reason);
        Assert.True(sampler is not null && sampler.AttachOnPump(out reason), reason);
        Assert.Equal(SamplerScheme.SystemWide, sampler.Status.Scheme);
        crowd.Observe(Stopwatch.GetTimestamp() + CrowdWatch.WindowNs, 0, long.MaxValue / 2, 0, 1e9);
        Assert.True(WaitFor(() => sampler.Drain((in RawSample _) => { }) >= 0 && sampler.Status.Scheme == SamplerScheme.ThreadsByCpus));
        var (busy, used) = Burner.OnNewThread(TimeSpan.FromSeconds(0.25), Burner.Spin);
        var delivered = 0;
        sampler.Drain((in RawSample sample) => delivered += sample.Thread == busy ? 1 : 0);
        Assert.Equal(1, sampler.Status.Reattached);
        Assert.InRange(delivered, 5, used / (double)KernelSamplerSettings.DefaultPeriod * 1.1);
    }

    [Fact]
    public void Switched_off_it_takes_no_samples_even_of_new_threads()
    {
        foreach (var scheme in Enum.GetValues<SamplerScheme>())
        {
            using var sampler = KernelSampler.TryStart(new KernelSamplerSettings { Scheme = scheme }, out var reason);
            Assert.SkipWhen(scheme == SamplerScheme.SystemWide && Environment.UserName != "root" && Environment.GetEnvironmentVariable("CI") != "true", "Needs CAP_PERFMON.");
            Assert.True(sampler is not null && sampler.AttachOnPump(out reason), reason);
            sampler.Run(false);
            sampler.Drain((in RawSample _) => { });
            var delivered = 0;
            Burner.OnNewThread(TimeSpan.FromSeconds(0.2), Burner.Spin);
            sampler.Drain((in RawSample _) => delivered++);
            Assert.Equal(0, delivered);
            sampler.Run(true);
            Burner.OnNewThread(TimeSpan.FromSeconds(0.5), Burner.Spin);
            sampler.Drain((in RawSample _) => delivered++);
            Assert.True(delivered > 0 || scheme == SamplerScheme.Threads, $"{scheme}");
        }
    }

    [Fact]
    public void Time_in_the_kernel_shows_as_one_leaf_where_permitted()
    {
        using var pump = new TestPump(new KernelSamplerSettings { KernelTime = true, AllProcesses = false });
        Assert.SkipWhen(!pump.Status.KernelTime && Environment.GetEnvironmentVariable("CI") != "true", "Needs CAP_PERFMON or paranoid 1.");
        var (thread, used) = Burner.OnNewThread(TimeSpan.FromSeconds(1), Burner.EnterKernel);
        pump.Stop();
        var expected = used / (double)KernelSamplerSettings.DefaultPeriod;
        Assert.InRange(pump.Count(thread), (expected * 0.93) - pump.LastStatus.Lost, expected * 1.05);
        var inKernel = pump.Samples.Where(sample => sample.Thread == thread && sample.Addresses[0] == PerfRecord.KernelMarker).ToList();
        Assert.InRange(inKernel.Count, (expected * 0.5) - pump.LastStatus.Lost, expected * 1.05);
        Assert.All(inKernel, sample => Assert.All(sample.Addresses[1..], address => Assert.True((long)address > 0)));
    }

    [Theory]
    [InlineData(0xfb89_4838_ec83_4853)]
    [InlineData(0x0100_0000_0000_0000)]
    [InlineData(0x10)]
    public void What_cannot_be_code_ends_a_stack(ulong found)
    {
        Assert.SkipWhen(RuntimeInformation.ProcessArchitecture != Architecture.X64, "The code is for x64.");
        using var code = new WrongFramePointer(found);
        using var pump = new TestPump(new KernelSamplerSettings { AllProcesses = false });
        var (thread, _) = Burner.OnNewThread(TimeSpan.FromSeconds(0.5), code.Run);
        pump.Stop();
        var samples = pump.Samples.Where(sample => sample.Thread == thread && code.Contains(sample.Addresses[0])).ToList();
        Assert.True(samples.Count > 20, $"{samples.Count}");
        Assert.All(samples, sample => Assert.Single(sample.Addresses));
        Assert.All(samples, sample => Assert.True(sample.Truncated));
    }

    [Fact]
    public void Frames_of_the_kernel_appear_only_when_asked_for()
    {
        using var pump = new TestPump(new KernelSamplerSettings { KernelFrames = true });
        Assert.SkipWhen(!pump.Status.KernelTime && Environment.GetEnvironmentVariable("CI") != "true", "Needs CAP_PERFMON or paranoid 1.");
        var (thread, _) = Burner.OnNewThread(TimeSpan.FromSeconds(0.5), Burner.EnterKernel);
        pump.Stop();
        var samples = pump.Samples.Where(sample => sample.Thread == thread).ToList();
        Assert.Contains(samples, sample => sample.Addresses.Count(address => (long)address < 0) > 3);
        Assert.All(samples, sample => Assert.All(sample.Addresses, address => Assert.True(address < PerfRecord.FirstMarker)));
    }

    [Fact]
    public void A_full_ring_loses_samples_and_says_how_many()
    {
        using var pump = new TestPump(new KernelSamplerSettings { AllProcesses = false }, lazy: true);
        var (thread, used) = Burner.OnNewThread(TimeSpan.FromSeconds(1.5), Burner.Spin);
        pump.Drain();

        // The record of the loss comes with the next sample that fits, on the same CPU: sooner or later a thread runs there.
        var threads = new List<int> { thread };
        for (var i = 0; i < 100 && pump.Status.Lost == 0; i++)
        {
            var (again, more) = Burner.OnNewThread(TimeSpan.FromSeconds(0.1), Burner.Spin);
            threads.Add(again);
            used += more;
            pump.Drain();
        }

        pump.Stop();
        var expected = used / (double)KernelSamplerSettings.DefaultPeriod;
        var delivered = threads.Distinct().Sum(pump.Count);
        Assert.True(delivered < expected * 0.95, $"{delivered} of {expected}: the rings held everything");
        Assert.InRange(pump.LastStatus.Lost, 1, expected);
    }

    [Fact]
    public void Threads_that_outgrow_the_scheme_get_another_one()
    {
        var settings = new KernelSamplerSettings { MaxEvents = 300, AllProcesses = false, ReattachAtMostEvery = TimeSpan.FromMilliseconds(100) };
        using var pump = new TestPump(settings);
        Assert.Equal(SamplerScheme.ThreadsByCpus, pump.Status.Scheme);
        using var release = new ManualResetEventSlim();
        var threads = Enumerable.Range(0, 300 / pump.Status.Cpus).Select(_ => new Thread(release.Wait, maxStackSize: 64 << 10)).ToList();
        threads.ForEach(thread => thread.Start());
        Assert.True(WaitFor(() => pump.Status.Scheme == SamplerScheme.Threads), $"{pump.Status}");
        release.Set();
        threads.ForEach(thread => thread.Join());

        // Has to be found, by a look once a second and later where looking took long: with the threads there were, on a busy machine.
        var (busy, used) = Burner.OnNewThread(TimeSpan.FromSeconds(3), Burner.Spin);
        pump.Stop();
        Assert.Equal(1, pump.LastStatus.Reattached);
        Assert.InRange(pump.Count(busy), 5, used / (double)KernelSamplerSettings.DefaultPeriod * 1.1);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(5, false)]
    public void Threads_that_outgrow_every_scheme_keep_the_one_they_have_within_a_bound(int times, bool kept)
    {
        var settings = new KernelSamplerSettings { MaxEvents = 300, AllProcesses = false, Scheme = SamplerScheme.ThreadsByCpus, ReattachAtMostEvery = TimeSpan.FromMilliseconds(100) };
        using var pump = new TestPump(settings);
        var cpus = pump.Status.Cpus;
        using var release = new ManualResetEventSlim();
        var threads = Enumerable.Range(0, 300 * times / cpus).Select(_ => new Thread(release.Wait, maxStackSize: 64 << 10)).ToList();
        threads.ForEach(thread => thread.Start());
        Assert.True(WaitFor(() => pump.Status.Threads > threads.Count), $"{pump.Status}");
        pump.Drain();
        pump.Drain();
        var status = pump.Status;
        var (busy, _) = Burner.OnNewThread(TimeSpan.FromSeconds(0.5), Burner.Spin);
        release.Set();
        threads.ForEach(thread => thread.Join());
        pump.Stop();
        Assert.Equal(kept, status.Running);
        Assert.Equal(kept ? 0 : 1, status.Reattached);
        Assert.Equal(kept, pump.Count(busy) > 5);
        Assert.Equal(kept, status.Reason is null);
    }

    [Fact]
    public void The_pump_is_counted_and_not_delivered_and_draining_allocates_nothing()
    {
        var settings = new KernelSamplerSettings { PeriodNanoseconds = 100_000, AllProcesses = false };
        using var sampler = KernelSampler.TryStart(settings, out var reason);
        Assert.True(sampler is not null && sampler.AttachOnPump(out reason), reason);
        sampler.AddOwnThread(Libc.CurrentThread());
        var delivered = 0;
        var own = Libc.CurrentThread();
        RawSampleHandler count = (in RawSample sample) => delivered += sample.Thread == own ? 1 : 0;
        sampler.Drain(count);
        Burner.Spin();
        sampler.Drain(count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10; i++)
        {
            Burner.Spin();
            sampler.Drain(count);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(sampler.Status.OwnSamples > 0);
        Assert.Equal(0, delivered);
    }

    private static bool WaitFor(Func<bool> condition)
    {
        TestKit.Eventually.UntilBlocking(condition, TimeSpan.FromSeconds(20));
        return true;
    }
}

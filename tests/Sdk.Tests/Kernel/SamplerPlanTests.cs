using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class SamplerPlanTests
{
    private const int Page = 4096;
    private static readonly PerfRights Plain = new(KernelTime: false, SystemWide: false, InheritThread: true);

    [Theory]
    [InlineData(10, 2)]
    [InlineData(12, 64)]
    [InlineData(64, 64)]
    public void Few_threads_and_cpus_get_one_event_each(int threads, int cpus)
    {
        var plan = Assert.Single(SamplerPlan.Candidates(Needs(threads, cpus), out var reason), plan => plan.Scheme == SamplerScheme.ThreadsByCpus);
        Assert.Null(reason);
        Assert.True(plan.Inherit);
    }

    [Fact]
    public void Too_many_events_lead_to_one_per_thread()
    {
        var plan = SamplerPlan.Candidates(Needs(65, 64), out _)[0];
        Assert.Equal(SamplerScheme.Threads, plan.Scheme);
        Assert.False(plan.Inherit);
    }

    [Fact]
    public void A_tenth_of_the_descriptors_is_the_most()
    {
        Assert.Equal(SamplerScheme.Threads, SamplerPlan.Candidates(Needs(12, 8, limit: 1024), out _)[0].Scheme);
        Assert.Empty(SamplerPlan.Candidates(Needs(12, 8, limit: 100), out var reason));
        Assert.Contains("100 descriptors", reason);
    }

    [Fact]
    public void Too_many_threads_lead_to_all_processes_only_where_that_is_permitted()
    {
        Assert.Empty(SamplerPlan.Candidates(Needs(2000, 64), out var reason));
        Assert.Contains("CAP_PERFMON", reason);
        var plan = Assert.Single(SamplerPlan.Candidates(Needs(2000, 64) with { Rights = Plain with { SystemWide = true } }, out _));
        Assert.Equal(SamplerScheme.SystemWide, plan.Scheme);
    }

    [Fact]
    public void All_processes_on_few_cpus_are_the_first_choice_where_permitted()
    {
        Assert.Equal([SamplerScheme.SystemWide, SamplerScheme.ThreadsByCpus, SamplerScheme.Threads], Schemes(Needs(10, 4)));
        Assert.Equal([SamplerScheme.ThreadsByCpus, SamplerScheme.Threads], SamplerPlan.Candidates(Needs(10, 4), out _).Select(plan => plan.Scheme));
    }

    [Fact]
    public void All_processes_are_the_last_resort_on_many_cpus_and_where_others_take_them()
    {
        Assert.Equal([SamplerScheme.ThreadsByCpus, SamplerScheme.Threads, SamplerScheme.SystemWide], Schemes(Needs(10, SamplerPlan.FewCpus + 1)));
        Assert.Equal([SamplerScheme.ThreadsByCpus, SamplerScheme.Threads, SamplerScheme.SystemWide], Schemes(Needs(10, 4) with { Crowded = true }));
    }

    [Fact]
    public void Kernels_before_5_13_do_without_inheritance() =>
        Assert.False(SamplerPlan.Candidates(Needs(10, 2) with { Rights = Plain with { InheritThread = false } }, out _)[0].Inherit);

    [Theory]
    [InlineData(10, 1)]
    [InlineData(10, 2)]
    [InlineData(10, 16)]
    [InlineData(10, 64)]
    [InlineData(4, 500)]
    [InlineData(200, 64)]
    [InlineData(500, 64)]
    public void Rings_take_four_megabytes_at_most_and_are_powers_of_two(int threads, int cpus)
    {
        foreach (var plan in SamplerPlan.Candidates(Needs(threads, cpus), out _))
        {
            Assert.True(int.IsPow2(plan.RingPages));
            Assert.InRange(plan.MaxRings * (plan.RingPages + 1) * Page, 0, Limits.KernelRingBytes);
            Assert.True(plan.RingPages * Page <= SamplerPlan.MaxRingBytesEach);
        }
    }

    [Theory]
    [InlineData(256 << 10, 10_101_010, 8192)]
    [InlineData(128 << 10, 10_101_010, 2048)]
    [InlineData(32 << 10, 10_101_010, 512)]
    [InlineData(8 << 10, 10_101_010, 0)]
    [InlineData(256 << 10, 1_000_000, 0)]
    public void The_piece_of_stack_leaves_room_for_a_late_drain(int ringBytes, long period, int expected) =>
        Assert.Equal(expected, SamplerPlan.StackBytesFor(ringBytes, period));

    private static IEnumerable<SamplerScheme> Schemes(SamplerNeeds needs) =>
        SamplerPlan.Candidates(needs with { Rights = Plain with { SystemWide = true } }, out _).Select(plan => plan.Scheme);

    private static SamplerNeeds Needs(int threads, int cpus, long limit = 1_048_576) => new(threads, cpus, limit, Page, Plain);
}

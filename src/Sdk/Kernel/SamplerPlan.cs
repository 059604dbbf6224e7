using System.Globalization;

namespace SelfProfiler.Kernel;

/// <summary>How the threads of the process are covered.</summary>
internal enum SamplerScheme
{
    /// <summary>One event per thread and CPU, one ring per CPU; new threads inherit where the kernel can do that.</summary>
    ThreadsByCpus,

    /// <summary>One event and one ring per thread, for machines with many CPUs; new threads are looked for.</summary>
    Threads,

    /// <summary>One event per CPU for all processes, ours picked out: costs no context switch anything, but needs CAP_PERFMON, and others are sampled too.</summary>
    SystemWide,
}

/// <summary>What a plan is made from.</summary>
/// <param name="Threads">Threads the process has now.</param>
/// <param name="Cpus">CPUs they may run on.</param>
/// <param name="DescriptorLimit">The soft limit of open descriptors.</param>
/// <param name="PageSize">Of the machine.</param>
/// <param name="Rights">What the kernel permits.</param>
/// <param name="MaxEvents">Events in all, inherited ones counted: each costs about 1.4 KB of kernel memory and time at every thread start.</param>
/// <param name="Crowded">Other processes take most of the CPUs.</param>
internal sealed record SamplerNeeds(int Threads, int Cpus, long DescriptorLimit, int PageSize, PerfRights Rights, int MaxEvents = Limits.KernelEvents, bool Crowded = false);

/// <summary>Decides the scheme and its sizes. No system calls; every bound of the sampler is here.</summary>
internal sealed record SamplerPlan(SamplerScheme Scheme, bool Inherit, int RingPages, int MaxRings, int MaxDescriptors)
{
    /// <summary>Threads that outgrow a scheme keep its events, inherited ones counted, up to so many times the most that are planned, while no other fits.</summary>
    public const int MostKept = 4;

    /// <summary>More in one ring brings nothing: it holds 300 ms of the largest samples.</summary>
    public const int MaxRingBytesEach = 256 << 10;

    /// <summary>The part of the application's descriptors that may be taken.</summary>
    public const int DescriptorShare = 10;

    /// <summary>The most CPUs on which all processes are sampled by choice: the timer of such an event wakes its CPU 99 times a second, whoever uses it or nobody.</summary>
    public const int FewCpus = 16;

    /// <summary>How late a drain may come without loss: three periods of 100 ms, for a pump held up by a long collection.</summary>
    public const long DrainTolerance = 300_000_000;

    /// <summary>A sample without its copied stack: header, registers and 45 return addresses; the median chain has 15, the longest 127.</summary>
    private const int ChainBytes = 450;

    private static readonly int[] StackSizes = [8192, 4096, 2048, 1024, 512];

    /// <summary>The plans that fit, the best first; a later one is for the case that the kernel refuses the one before it.</summary>
    /// <param name="needs">What they are made from.</param>
    /// <param name="reason">Why there is none.</param>
    public static List<SamplerPlan> Candidates(SamplerNeeds needs, out string? reason)
    {
        var plans = new List<SamplerPlan>(3);
        var descriptors = (int)Math.Min(needs.DescriptorLimit / DescriptorShare, int.MaxValue);
        var events = (long)needs.Threads * needs.Cpus;
        var pagesPerCpu = needs.Cpus > 0 ? RingPagesFor(needs.Cpus, needs.PageSize) : 0;
        var everywhere = needs.Rights.SystemWide && pagesPerCpu > 0 && needs.Cpus * 2 <= descriptors
            ? new SamplerPlan(SamplerScheme.SystemWide, Inherit: false, pagesPerCpu, needs.Cpus, descriptors)
            : null;
        var preferred = everywhere is not null && needs.Cpus <= FewCpus && !needs.Crowded;
        if (preferred)
        {
            plans.Add(everywhere!);
        }

        if (events <= needs.MaxEvents && events + needs.Cpus <= descriptors && pagesPerCpu > 0)
        {
            plans.Add(new SamplerPlan(SamplerScheme.ThreadsByCpus, needs.Rights.InheritThread, pagesPerCpu, needs.Cpus, descriptors));
        }

        // Room for the threads to double, if that leaves a page each.
        var pagesPerThread = Math.Max(RingPagesFor(needs.Threads * 2, needs.PageSize), RingPagesFor(needs.Threads, needs.PageSize) > 0 ? 1 : 0);
        if (pagesPerThread > 0 && needs.Threads <= descriptors)
        {
            var rings = Limits.KernelRingBytes / ((pagesPerThread + 1) * needs.PageSize);
            plans.Add(new SamplerPlan(SamplerScheme.Threads, Inherit: false, pagesPerThread, Math.Min(rings, descriptors), descriptors));
        }

        if (everywhere is not null && !preferred)
        {
            plans.Add(everywhere);
        }

        reason = plans.Count > 0
            ? null
            : "Too many threads for kernel samples: " + Text(needs.Threads) + " threads on " + Text(needs.Cpus)
                + " CPUs need more than " + Text(needs.MaxEvents) + " events, " + Text(Limits.KernelRingBytes >> 20)
                + " MB of rings or a tenth of " + Text(needs.DescriptorLimit) + " descriptors. CAP_PERFMON allows one event per CPU instead.";
        return plans;
    }

    /// <summary>The largest piece of stack that leaves a ring room for the samples of the drain tolerance, 0 when none does.</summary>
    public static int StackBytesFor(int ringBytes, long period)
    {
        var samples = Math.Max(1, DrainTolerance / period);
        return Array.Find(StackSizes, size => ringBytes / samples >= size + ChainBytes);
    }

    // Not interpolation: that rents from the array pool, which the pump must not touch.
    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <returns>A power of two, or 0 when not even one page each fits.</returns>
    private static int RingPagesFor(int rings, int pageSize)
    {
        var pages = MaxRingBytesEach / pageSize;
        while (pages > 0 && (long)rings * (pages + 1) * pageSize > Limits.KernelRingBytes)
        {
            pages /= 2;
        }

        return pages;
    }
}

using System.Globalization;

namespace SelfProfiler.Kernel;

/// <summary>The open events of one scheme and the rings they write to. Pump only; disposing closes all of them.</summary>
internal abstract class SamplerEvents(PerfAbi abi, SamplerPlan plan, KernelSamplerSettings settings, PerfRights rights) : IDisposable
{
    /// <summary>Two pages hold a sample with a short stack; less is not worth having.</summary>
    private const int SmallestRing = 1;

    public SamplerPlan Plan { get; } = plan;

    public List<PerfRing> Rings { get; } = [];

    public long RingBytes { get; protected set; }

    /// <summary>Descriptors open now, those of the rings included.</summary>
    public int Descriptors { get; protected set; }

    /// <summary>Threads covered by an event of their own.</summary>
    public abstract int Threads { get; }

    /// <summary>The last error for which a thread could not be covered; 0: none yet.</summary>
    public int LastError { get; private set; }

    /// <summary>Bytes of stack in each sample; 0 when the rings are too small for any.</summary>
    public int StackBytes { get; protected set; }

    /// <summary>Threads whose clone or exit was seen since the last look: it pays to look again.</summary>
    public bool NewThreads { get; protected set; }

    /// <summary>Opens everything for the threads that exist.</summary>
    /// <returns>null, or a sentence that says what made it impossible.</returns>
    public abstract string? Attach(ThreadList threads);

    /// <summary>Covers threads that appeared and lets go of those that ended, where the kernel does not do it.</summary>
    public abstract void Follow(ThreadList threads);

    /// <summary>A clone record arrived.</summary>
    public virtual void OnFork() => NewThreads = true;

    /// <summary>An exit record arrived.</summary>
    public virtual void OnExit(int thread)
    {
    }

    /// <returns>false when the sample is a second one of the same moment and has to be skipped.</returns>
    public virtual bool Accept(int thread, ulong id) => true;

    /// <summary>Events in the kernel, inherited ones counted.</summary>
    public abstract long Events(int threadsNow);

    public void Dispose()
    {
        CloseEvents();
        foreach (var ring in Rings)
        {
            ring.Dispose();
        }

        Rings.Clear();
    }

    protected abstract void CloseEvents();

    protected static string RingRefused(int error) => error is Libc.EPERM or Libc.ENOMEM
        ? "The limit of locked memory leaves no room for the rings of kernel samples. Raise LimitMEMLOCK, 'ulimit -l' or kernel.perf_event_mlock_kb."
        : "The rings of kernel samples could not be mapped (error " + Text(error) + ").";

    internal static string EventRefused(int error) => error switch
    {
        Libc.EMFILE or Libc.ENFILE => "No file descriptors are left for perf events. Raise LimitNOFILE or 'ulimit -n'.",
        _ => "The kernel refused perf events for the threads (error " + Text(error) + ").",
    };

    // Not interpolation: that rents from the array pool, which the pump must not touch.
    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A thread could not be covered.</summary>
    /// <param name="error">What refused it; 0: it was put off until the next look.</param>
    protected void Refuse(int error)
    {
        settings.Counters.Refused++;
        LastError = error != 0 ? error : LastError;
    }

    protected int OpenSampling(int thread, int cpu, uint watermark)
    {
        var attr = PerfEventAttr.Sampling(
            abi, settings.PeriodNanoseconds, Plan.Inherit, rights.KernelTime && (settings.KernelFrames || settings.KernelTime), rights.KernelTime && settings.KernelFrames, StackBytes, watermark);
        return Libc.PerfEventOpen(abi, attr, thread, cpu);
    }

    protected int OpenOwner(int thread, int cpu, uint watermark) =>
        Libc.PerfEventOpen(abi, PerfEventAttr.RingOwner(watermark), thread, cpu);

    /// <summary>Maps a ring, smaller ones when the limit of locked memory is near: it is shared by all processes of the user.</summary>
    protected static PerfRing? MapRing(int fd, int pages, out int error)
    {
        PerfRing? ring;
        do
        {
            ring = PerfRing.Map(fd, pages, out error);
            pages /= 2;
        }
        while (ring is null && error is Libc.EPERM or Libc.ENOMEM && pages >= SmallestRing);

        return ring;
    }
}

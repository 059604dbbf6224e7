namespace SelfProfiler.Kernel;

/// <summary>One event and one ring per thread, on any CPU: few descriptors on machines with many CPUs, but new threads have to be found.</summary>
internal sealed class PerThreadEvents(PerfAbi abi, SamplerPlan plan, KernelSamplerSettings settings, PerfRights rights)
    : SamplerEvents(abi, plan, settings, rights)
{
    private const int AnyCpu = -1;
    private const int MaxOpensPerLook = 64;

    private readonly KernelSamplerSettings _settings = settings;
    private readonly Dictionary<int, PerfRing> _rings = [];
    private readonly HashSet<int> _alive = [];
    private readonly List<int> _ended = [];

    public override int Threads => _rings.Count;

    public override long Events(int threadsNow) => _rings.Count;

    public override string? Attach(ThreadList threads)
    {
        StackBytes = SamplerPlan.StackBytesFor(Plan.RingPages * Libc.PageSize, _settings.PeriodNanoseconds);
        _ = threads.Read();
        foreach (var thread in threads.Threads)
        {
            var error = Cover(thread);
            if (error is not (0 or Libc.ESRCH) && _rings.Count == 0)
            {
                return error is Libc.EPERM or Libc.ENOMEM ? RingRefused(error) : EventRefused(error);
            }
        }

        return _rings.Count > 0 ? null : EventRefused(Libc.ESRCH);
    }

    /// <remarks>Called between drains: the ring of a thread that ended has been emptied by then.</remarks>
    public override void Follow(ThreadList threads)
    {
        NewThreads = false;
        _alive.Clear();
        foreach (var thread in threads.Threads)
        {
            _alive.Add(thread);
        }

        foreach (var thread in _rings.Keys)
        {
            if (!_alive.Contains(thread))
            {
                _ended.Add(thread);
            }
        }

        Release();
        var opened = 0;
        foreach (var thread in threads.Threads)
        {
            if (_rings.ContainsKey(thread))
            {
                continue;
            }

            if (opened++ < MaxOpensPerLook)
            {
                _ = Cover(thread);
            }
            else
            {
                Refuse(0);
            }
        }
    }

    public override void OnExit(int thread)
    {
        if (_rings.ContainsKey(thread))
        {
            _ended.Add(thread);
            NewThreads = true;
        }
    }

    protected override void CloseEvents() => _rings.Clear();

    private int Cover(int thread)
    {
        var error = _rings.Count < Plan.MaxRings ? Open(thread) : Libc.ENOMEM;
        if (error is not (0 or Libc.ESRCH))
        {
            Refuse(error);
        }

        return error;
    }

    private int Open(int thread)
    {
        var fd = OpenSampling(thread, AnyCpu, (uint)(Plan.RingPages * Libc.PageSize / 2));
        if (fd < 0)
        {
            return -fd;
        }

        // All rings of this scheme have one size, which fits the stack in the samples: a smaller one would lose whole samples.
        if (PerfRing.Map(fd, Plan.RingPages, out var error) is not { } ring)
        {
            _ = Libc.Close(fd);
            return error;
        }

        _rings[thread] = ring;
        Rings.Add(ring);
        RingBytes += ring.MappedBytes;
        Descriptors++;
        return 0;
    }

    private void Release()
    {
        foreach (var thread in _ended)
        {
            if (_rings.Remove(thread, out var ring))
            {
                Rings.Remove(ring);
                RingBytes -= ring.MappedBytes;
                Descriptors--;
                ring.Dispose();
            }
        }

        _ended.Clear();
    }
}

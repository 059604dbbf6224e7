namespace SelfProfiler.Kernel;

/// <summary>One ring per CPU, owned by a dummy event on the pump's thread: a ring owned by a thread of the application would hang up when that thread ends.</summary>
internal sealed unsafe class PerCpuEvents(PerfAbi abi, SamplerPlan plan, KernelSamplerSettings settings, PerfRights rights, int[] cpus)
    : SamplerEvents(abi, plan, settings, rights)
{
    private const int EveryThread = -1;
    private const int MaxPasses = 10;

    /// <summary>Opened per look, so that a storm of new threads costs the pump a bounded time.</summary>
    private const int MaxOpensPerLook = 256;

    private readonly KernelSamplerSettings _settings = settings;
    private readonly Dictionary<int, int[]> _events = [];

    /// <summary>Threads found after the first pass, with the ids of their events: their creator's event may cover them already.</summary>
    private readonly Dictionary<int, ulong[]> _late = [];
    private readonly List<int> _ended = [];
    private readonly HashSet<int> _alive = [];

    public override int Threads => _events.Count;

    public override long Events(int threadsNow) =>
        Plan.Scheme == SamplerScheme.SystemWide ? cpus.Length : (long)(Plan.Inherit ? Math.Max(threadsNow, _events.Count) : _events.Count) * cpus.Length;

    public override string? Attach(ThreadList threads)
    {
        var pump = Libc.CurrentThread();
        foreach (var cpu in cpus)
        {
            var fd = OpenOwner(pump, cpu, watermark: 64 << 10);
            if (fd < 0)
            {
                return EventRefused(-fd);
            }

            if (MapRing(fd, Plan.RingPages, out var error) is not { } ring)
            {
                _ = Libc.Close(fd);
                return RingRefused(error);
            }

            Rings.Add(ring);
            RingBytes += ring.MappedBytes;
            Descriptors++;
        }

        StackBytes = SamplerPlan.StackBytesFor(Rings.Min(ring => ring.DataBytes), _settings.PeriodNanoseconds);
        if (Plan.Scheme == SamplerScheme.SystemWide)
        {
            var refused = Cover(EveryThread, late: false);
            return refused == 0 ? null : EventRefused(refused);
        }

        // Threads may start while this runs: until their creator is covered they inherit nothing, so look until nothing is new.
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var before = _events.Count;
            _ = threads.Read();
            foreach (var thread in threads.Threads)
            {
                if (!_events.ContainsKey(thread) && Cover(thread, late: pass > 0 && Plan.Inherit) is var error && error is not (0 or Libc.ESRCH) && _events.Count == 0)
                {
                    return EventRefused(error);
                }
            }

            if (_events.Count == before)
            {
                break;
            }
        }

        return _events.Count > 0 ? null : EventRefused(Libc.ESRCH);
    }

    public override void Follow(ThreadList threads)
    {
        NewThreads = false;
        if (Plan.Inherit || Plan.Scheme == SamplerScheme.SystemWide)
        {
            // The kernel covers new threads. A descriptor whose thread has ended must stay open: its inherited events hang on it.
            return;
        }

        _alive.Clear();
        var opened = 0;
        foreach (var thread in threads.Threads)
        {
            _alive.Add(thread);
            if (_events.ContainsKey(thread))
            {
                continue;
            }

            if (opened++ < MaxOpensPerLook)
            {
                _ = Cover(thread, late: false);
            }
            else
            {
                Refuse(0);
            }
        }

        foreach (var thread in _events.Keys)
        {
            if (!_alive.Contains(thread))
            {
                _ended.Add(thread);
            }
        }

        ReleaseEnded();
    }

    public override void OnExit(int thread)
    {
        // The id may be taken again before the next look: without this the newcomer would pass for covered.
        if (!Plan.Inherit && _events.ContainsKey(thread))
        {
            _ended.Add(thread);
            ReleaseEnded();
            NewThreads = true;
        }
    }

    public override bool Accept(int thread, ulong id)
    {
        if (_late.Count == 0 || !_late.TryGetValue(thread, out var own) || Array.IndexOf(own, id) >= 0)
        {
            return true;
        }

        // Covered by inheritance after all: its own event would count everything twice from here on.
        _late.Remove(thread);
        _ended.Add(thread);
        ReleaseEnded();
        return true;
    }

    protected override void CloseEvents()
    {
        _ended.AddRange(_events.Keys);
        ReleaseEnded();
    }

    /// <returns>0, or the error number; a thread is covered on all CPUs or not at all.</returns>
    private int Cover(int thread, bool late)
    {
        if (Descriptors + cpus.Length > Plan.MaxDescriptors)
        {
            Refuse(Libc.EMFILE);
            return Libc.EMFILE;
        }

        var descriptors = new int[cpus.Length];
        var ids = late ? new ulong[cpus.Length] : null;
        for (var i = 0; i < cpus.Length; i++)
        {
            var fd = OpenSampling(thread, cpus[i], (uint)Rings[i].DataBytes / 2);
            var error = fd < 0 ? -fd : Redirect(fd, i, ids);
            if (error == 0)
            {
                descriptors[i] = fd;
                continue;
            }

            Close(fd >= 0 ? fd : 0);
            foreach (var open in descriptors.AsSpan(0, i))
            {
                Close(open);
            }

            if (error != Libc.ESRCH)
            {
                Refuse(error);
            }

            return error;
        }

        _events[thread] = descriptors;
        Descriptors += cpus.Length;
        if (ids is not null)
        {
            _late[thread] = ids;
        }

        return 0;
    }

    private int Redirect(int fd, int cpu, ulong[]? ids)
    {
        if (Libc.Ioctl(fd, Libc.IocSetOutput, Rings[cpu].Descriptor) != 0)
        {
            return System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        }

        ulong id = 0;
        if (ids is not null && Libc.Ioctl(fd, Libc.IocId, (nint)(&id)) == 0)
        {
            ids[cpu] = id;
        }

        return 0;
    }

    private void ReleaseEnded()
    {
        foreach (var thread in _ended)
        {
            if (_events.Remove(thread, out var descriptors))
            {
                Descriptors -= descriptors.Length;
                foreach (var fd in descriptors)
                {
                    Close(fd);
                }
            }
        }

        _ended.Clear();
    }

    private static void Close(int fd)
    {
        if (fd > 0)
        {
            _ = Libc.Close(fd);
        }
    }
}

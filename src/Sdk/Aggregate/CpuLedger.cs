namespace SelfProfiler.Aggregate;

/// <summary>CPU time of one thread since the clocks were read last.</summary>
/// <param name="Thread">Operating system thread id.</param>
/// <param name="CpuNs">What its clock says.</param>
/// <param name="KernelShare">Part of it that was spent in the kernel, 0 to 1; used when kernel samples cannot see it.</param>
/// <param name="NativeName">Where the time belongs when no sample saw the thread: <c>[gc]</c>, <c>[jit]</c>, <c>[native]</c>.</param>
internal readonly record struct CpuUse(int Thread, double CpuNs, double KernelShare, string NativeName);

internal delegate void WeightedSampleHandler(in PendingSample sample);

/// <summary>Keeps samples until the operating system has said how much CPU their threads used, then gives each its share. Pump only.</summary>
/// <remarks>Totals always come from the clocks and samples give the distribution, so that rare ticks, lost samples and blocked threads
/// cannot make the sum wrong. What no sample explains is kept for a while, then shown under the thread's own name.</remarks>
internal sealed class CpuLedger(StackTrie trie, FrameTable frames, Collections collections)
{
    /// <summary>Kernel samples of a thread in one period from which its own clock weights them; below, threads share a pool.</summary>
    private const int EnoughSamples = 8;

    private const int MaxPending = 65_536;

    private readonly CpuCarry _carry = new();
    private PendingSample[] _pending = new PendingSample[512];
    private int _count;
    private double _pool;
    private long _poolSince;

    /// <summary>Samples that did not fit while the clocks were not read.</summary>
    public long Dropped { get; private set; }

    /// <summary>The samples weighted last, sorted by thread; valid until the next call.</summary>
    public ReadOnlySpan<PendingSample> Closed => _pending.AsSpan(0, _closed);

    private int _closed;

    public void Add(in PendingSample sample)
    {
        if (_count == MaxPending)
        {
            Dropped++;
            return;
        }

        if (_count == _pending.Length)
        {
            Array.Resize(ref _pending, _count * 2);
        }

        _pending[_count++] = sample;
    }

    /// <summary>Forgets the samples of the last period; call before adding more.</summary>
    public void BeginPeriod()
    {
        _pending.AsSpan(_closed, _count - _closed).CopyTo(_pending);
        _count -= _closed;
        _closed = 0;
    }

    /// <summary>Drops the samples that wait for a period.</summary>
    public void Forget() => _count = _closed = 0;

    /// <summary>Weighs all samples up to the end of the period by the CPU of their threads since the previous call.</summary>
    public void Close(in CpuPeriod period, ReadOnlySpan<CpuUse> threads, WeightedSampleHandler emit)
    {
        var (until, periodNs, kernelSamples, carryNs) = (period.Until, period.LengthNs, period.KernelSamples, period.CarryNs);
        if (period.Fresh)
        {
            Flush(until - periodNs, emit);
        }

        _closed = SortUntil(until);
        if (kernelSamples)
        {
            NameCollections();
        }

        foreach (var thread in threads)
        {
            var samples = SamplesOf(thread.Thread);
            if (kernelSamples && thread.NativeName is "[gc]" or "[jit]")
            {
                foreach (ref var sample in samples)
                {
                    NameNative(ref sample, thread.NativeName);
                }
            }

            if (period.Gaps && samples.Length == 0 && thread.NativeName == "[native]")
            {
                _pool += _carry.Keep(thread, period);
                continue;
            }

            if (kernelSamples && samples.Length < EnoughSamples)
            {
                _pool += thread.CpuNs + _carry.Take(thread.Thread);
                if (thread.NativeName != "[native]" && samples.Length == 0)
                {
                    _pool -= thread.CpuNs;
                    EmitNamed(thread.NativeName, thread.CpuNs, until, emit);
                }

                continue;
            }

            ref var carry = ref _carry.Of(thread.Thread, out bool known);
            carry.Ns += thread.CpuNs;
            carry.Since = known && carry.Ns > thread.CpuNs ? carry.Since : until - periodNs;
            if (samples.Length > 0)
            {
                double left = 0;
                if (kernelSamples)
                {
                    CpuWeights.ShareEvenly(samples, carry.Ns);
                }
                else
                {
                    left = CpuWeights.ShareTicks(samples, carry.Ns, until - carry.Since);
                }

                carry.Ns = left;
                Emit(samples, thread.KernelShare, emit);
            }

            if (carry.Ns > 0 && (until - carry.Since >= carryNs || thread.NativeName != "[native]"))
            {
                EmitNamed(thread.NativeName, carry.Ns, until, emit);
                carry.Ns = 0;
            }

            carry.Seen = until;
        }

        if (kernelSamples)
        {
            ClosePool(until, carryNs, emit);
        }

        AddUnseen(_carry.OfEnded(period), kernelSamples, until, emit);
    }

    /// <summary>What waits for samples becomes nobody's: the samples to come weigh what is used from now on.</summary>
    public void Flush(long at, WeightedSampleHandler emit)
    {
        EmitNamed("[unsampled]", _pool + _carry.Empty(), at, emit);
        (_pool, _poolSince) = (0, 0);
    }

    /// <summary>CPU of threads that ended between two readings: known from the process clock alone.</summary>
    public void AddUnseen(double cpuNs, bool kernelSamples, long until, WeightedSampleHandler emit)
    {
        if (kernelSamples)
        {
            _pool += cpuNs; // short threads were sampled like all others
        }
        else
        {
            EmitNamed("[ended threads]", cpuNs, until, emit);
        }
    }

    public void MarkLive(bool[] live)
    {
        for (int i = _closed; i < _count; i++)
        {
            live[_pending[i].Key.Stack] = true;
        }
    }

    public void Renumber(int[] moved)
    {
        for (int i = _closed; i < _count; i++)
        {
            _pending[i].Key = _pending[i].Key with { Stack = moved[_pending[i].Key.Stack] };
        }
    }

    private void ClosePool(long until, long carryNs, WeightedSampleHandler emit)
    {
        int light = 0;
        for (int i = 0; i < _closed; i++)
        {
            light += _pending[i].CpuNs == 0 ? 1 : 0;
        }

        if (light == 0)
        {
            _poolSince = _poolSince == 0 ? until : _poolSince;
            if (until - _poolSince >= carryNs)
            {
                EmitNamed("[unsampled]", _pool, until, emit);
                (_pool, _poolSince) = (0, 0);
            }

            return;
        }

        double each = _pool / light;
        (_pool, _poolSince) = (0, 0);
        for (int i = 0; i < _closed; i++)
        {
            ref var sample = ref _pending[i];
            if (sample.CpuNs == 0)
            {
                sample.CpuNs = each;
                emit(sample);
            }
        }
    }

    private void Emit(Span<PendingSample> samples, double kernelShare, WeightedSampleHandler emit)
    {
        foreach (ref var sample in samples)
        {
            if (kernelShare > 0.001 && sample.CpuNs > 0)
            {
                var inKernel = sample;
                inKernel.CpuNs = sample.CpuNs * kernelShare;
                inKernel.Key = sample.Key with { Stack = trie.Child(sample.Key.Stack, frames.Intern("[kernel]")) };
                inKernel.Extra = true;
                sample.CpuNs -= inKernel.CpuNs;
                emit(inKernel);
            }

            emit(sample);
        }
    }

    /// <summary>What a thread does in the runtime while it has stopped all others is a collection.</summary>
    private void NameCollections()
    {
        foreach (ref var sample in _pending.AsSpan(0, _closed))
        {
            if (collections.Contains(sample.Thread, sample.Timestamp))
            {
                NameNative(ref sample, "[gc]");
            }
        }
    }

    /// <summary>A stack that ends in native code, not in a method nor in the kernel, ends in what the code is there for.</summary>
    private void NameNative(ref PendingSample sample, string name)
    {
        var leaf = frames.Get(trie.FrameOf(sample.Key.Stack));
        if (sample.Key.Stack != StackTrie.Root && leaf.Body is null && leaf.Synthetic is null && (long)leaf.Address > 0)
        {
            sample.Key = sample.Key with { Stack = trie.Child(sample.Key.Stack, frames.Intern(name)) };
        }
    }

    private void EmitNamed(string name, double cpuNs, long until, WeightedSampleHandler emit)
    {
        if (cpuNs > 0)
        {
            int stack = trie.Child(StackTrie.Root, frames.Intern(name));
            emit(new PendingSample { Timestamp = until - 1, Key = new SampleKey(stack, default, 0, SampleFlags.Unlabelled), CpuNs = cpuNs, Extra = true });
        }
    }

    private Span<PendingSample> SamplesOf(int thread)
    {
        int low = 0;
        int high = _closed;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = _pending[middle].Thread < thread ? (middle + 1, high) : (low, middle);
        }

        int end = low;
        while (end < _closed && _pending[end].Thread == thread)
        {
            end++;
        }

        return _pending.AsSpan(low, end - low);
    }

    /// <summary>Moves the samples up to a moment to the front, sorted by thread and time.</summary>
    private int SortUntil(long until)
    {
        int front = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_pending[i].Timestamp <= until)
            {
                (_pending[front], _pending[i]) = (_pending[i], _pending[front]);
                front++;
            }
        }

        _pending.AsSpan(0, front).Sort(static (a, b) => a.Thread != b.Thread ? a.Thread.CompareTo(b.Thread) : a.Timestamp.CompareTo(b.Timestamp));
        return front;
    }
}

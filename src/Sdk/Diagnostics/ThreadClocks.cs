namespace SelfProfiler.Diagnostics;

/// <summary>The operating system's CPU clocks of the process and of each of its threads. Pump only; allocates nothing while the number of threads does not grow.</summary>
/// <remarks>
/// A thread costs 1 to 3 µs, and most threads sleep: as long as those that ran lately explain what the process burnt, only they are read.
/// All of them are read every eighth time if anything remains to be explained, and every 32nd if not.
/// Without <c>/proc</c> there is the process clock alone: <see cref="PerThread"/> is false and <see cref="Read"/> is empty.
/// A running thread's clock may lag by one scheduler tick; the next reading makes up for it.
/// </remarks>
internal sealed class ThreadClocks : IDisposable
{
    private const int LightReadings = 7;
    private const int MostLightReadings = 31;

    /// <summary>What may stay unexplained in a light reading, as a share of the process's time; a millisecond at least.</summary>
    private const double Unexplained = 0.01;
    private const long LeastUnexplainedNs = 1_000_000;

    private readonly TaskDirectory? _tasks;
    private readonly ThreadFiles? _files;
    private readonly Action<int, int>? _ended;
    private readonly Dictionary<int, int> _slotOf = new(64);
    private int[] _tids = new int[64];
    private ThreadSlot[] _slots = new ThreadSlot[64];
    private ThreadCpu[] _readings = new ThreadCpu[64];
    private int _count;
    private int _lastGeneration;
    private int _pass;
    private int _sinceFull = MostLightReadings;
    private long _unexplainedNs;
    private long _bootMinusMonotonic;
    private long _processNs;
    private long _threadsNs;
    private long _endedNs;

    /// <param name="ended">Called with thread id and generation when a thread is found to have ended.</param>
    public ThreadClocks(Action<int, int>? ended = null)
    {
        _ended = ended;
        _tasks = TaskDirectory.TryOpen();
        _files = _tasks is null ? null : new ThreadFiles(_tasks);

        // What was burnt before belongs to nobody's window: the first pass is the zero of every clock.
        Read(Clock.Now);
        _threadsNs = _processNs;
        _endedNs = 0;
        ProcessNs = EndedNs = 0;
    }

    /// <summary>There are clocks of single threads.</summary>
    public bool PerThread => _tasks is not null;

    /// <summary>Threads that lived at the last reading.</summary>
    public int Threads => _count;

    /// <summary>Readings of all threads so far.</summary>
    public long FullReadings { get; private set; }

    /// <summary>CPU of the whole process between the last two readings.</summary>
    public long ProcessNs { get; private set; }

    /// <summary>What the process burnt and no living thread's clock shows: threads that began and ended between two readings, and the last moments of those that ended. Told when all threads are read.</summary>
    public long EndedNs { get; private set; }

    /// <summary>Readings of single threads that failed although the thread lived (out of descriptors), since the beginning.</summary>
    public long Failed => _files?.Failed ?? 0;

    /// <summary>CPU time of the whole process since it started.</summary>
    public static long ProcessNow() =>
        OperatingSystem.IsLinux() ? Libc.ProcessCpuNs() : Environment.CpuUsage.TotalTime.Ticks * 100;

    /// <summary>Reads every clock that has moved.</summary>
    /// <param name="nowNs">The monotonic time.</param>
    /// <param name="all">Every clock: nothing of what was burnt until now may show up in a later reading.</param>
    /// <returns>One entry for each living thread, valid until the next reading.</returns>
    public ReadOnlySpan<ThreadCpu> Read(long nowNs, bool all = false)
    {
        // Before the threads, so that what is burnt during the pass is not taken for ended threads.
        var process = ProcessNow();
        ProcessNs = process - _processNs;
        _processNs = process;
        EndedNs = 0;
        if (_tasks is not null)
        {
            _pass++;
            _bootMinusMonotonic = Libc.BootNs() - nowNs;
            _sinceFull++;
            if (!ReadActive() || all || _sinceFull > MostLightReadings || (_sinceFull > LightReadings && _unexplainedNs >= LeastUnexplainedNs))
            {
                (_sinceFull, _unexplainedNs) = (0, 0);
                FullReadings++;
                ReadAll();
                FindEnded();
            }
        }

        return _readings.AsSpan(0, _count);
    }

    public void Dispose()
    {
        for (var i = 0; i < _count; i++)
        {
            _files!.Release(ref _slots[i]);
        }

        _count = 0;
        _slotOf.Clear();
        _tasks?.Dispose();
    }

    /// <summary>Reads the threads that ran when they were read last.</summary>
    /// <returns>They explain what the process burnt: nobody else ran.</returns>
    private bool ReadActive()
    {
        long explained = 0;
        var allLive = true;
        for (var i = 0; i < _count; i++)
        {
            if (_slots[i].IsActive)
            {
                ReadSlot(ref _slots[i], ref _readings[i]);
                allLive &= _slots[i].Pass == _pass;
                explained += _readings[i].CpuNs;
            }
            else
            {
                _readings[i] = _readings[i] with { CpuNs = 0, UserNs = 0, KernelNs = 0 };
            }
        }

        _unexplainedNs += ProcessNs - explained;
        return allLive && ProcessNs - explained <= Math.Max(LeastUnexplainedNs, ProcessNs * Unexplained);
    }

    private void ReadAll()
    {
        var listed = _tasks!.List(ref _tids);
        for (var i = 0; i < listed; i++)
        {
            if (!_slotOf.TryGetValue(_tids[i], out var slot))
            {
                slot = Add(_tids[i]);
            }

            if (_slots[slot].Pass != _pass)
            {
                ReadSlot(ref _slots[slot], ref _readings[slot]);
            }
        }

        DropEnded();
    }

    private int Add(int tid)
    {
        if (_count == _slots.Length)
        {
            Array.Resize(ref _slots, _count * 2);
            Array.Resize(ref _readings, _count * 2);
        }

        _slotOf[tid] = _count;
        _slots[_count] = new ThreadSlot(tid, ++_lastGeneration);
        _readings[_count] = default;
        return _count++;
    }

    private void ReadSlot(ref ThreadSlot slot, ref ThreadCpu reading)
    {
        var before = slot;
        var alive = _files!.Refresh(ref slot);
        if (before.Pass != 0 && (!alive || slot.CpuNs < before.CpuNs))
        {
            // The id belongs to another thread now.
            _ended?.Invoke(slot.Tid, slot.Generation);
            _files.Release(ref slot);
            slot = before = new ThreadSlot(slot.Tid, ++_lastGeneration);
            alive = _files.Refresh(ref slot);
        }

        if (alive)
        {
            slot.Pass = _pass;
            slot.IsActive = slot.CpuNs > before.CpuNs;
            _threadsNs += slot.CpuNs - before.CpuNs;
            _files.RefreshDetails(ref slot, _bootMinusMonotonic);
            reading = new ThreadCpu(
                slot.Tid, slot.Generation, slot.Kind, slot.CpuNs - before.CpuNs, slot.UserNs - before.UserNs, slot.KernelNs - before.KernelNs, slot.StartNs);
        }
    }

    private void DropEnded()
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            ref var slot = ref _slots[i];
            if (slot.Pass == _pass)
            {
                continue;
            }

            // A listing can miss a thread that lives (the kernel's cursor moves while others end): its own file decides.
            if (slot.Pass != 0)
            {
                ReadSlot(ref slot, ref _readings[i]);
                if (slot.Pass == _pass)
                {
                    continue;
                }
            }

            Remove(i);
        }
    }

    private void Remove(int index)
    {
        _files!.Release(ref _slots[index]);
        _slotOf.Remove(_slots[index].Tid);
        if (index != --_count)
        {
            _slots[index] = _slots[_count];
            _readings[index] = _readings[_count];
            _slotOf[_slots[index].Tid] = index;
        }
    }

    private void FindEnded()
    {
        // The clocks are read moments apart: the gap may only grow, so that this noise is not added up.
        var ended = Math.Max(_endedNs, _processNs - _threadsNs);
        EndedNs = ended - _endedNs;
        _endedNs = ended;
    }
}

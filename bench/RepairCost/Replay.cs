using System.Globalization;
using SelfProfiler.Aggregate;
using SelfProfiler.Decode;
using SelfProfiler.Kernel;

namespace SelfProfiler.RepairCost;

/// <summary>Repairs and counts the same samples again and again, by the clock of the thread.</summary>
internal sealed class Replay(MethodsSeen methods, List<byte[]> records)
{
    private readonly StackRepair _repair = new(PerfAbi.Current!, methods.Map.Peek, new KernelCounters());
    private readonly StackInterner _interner = new(new StackTrie(), new FrameTable(methods.Map.Find), Limits.StackNodes);
    private readonly ulong[] _chain = new ulong[127 + StackRepair.MaxAdded];
    private long _frames;

    public string Measure(string name, int rounds, int passes)
    {
        Pass(3, intern: true);
        var (repair, both) = (new double[rounds], new double[rounds]);
        var unknown = methods.Map.UnknownInImages;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < rounds; round++)
        {
            repair[round] = Pass(passes, intern: false);
            both[round] = Pass(passes, intern: true);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        unknown = methods.Map.UnknownInImages - unknown;
        _frames = 0;
        Pass(1, intern: false);
        Array.Sort(repair);
        Array.Sort(both);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name},{records.Count},{_frames / (double)records.Count:0.0},{repair[rounds / 2]:0},{repair[0]:0},{repair[^1]:0},{both[rounds / 2] - repair[rounds / 2]:0},{allocated},{unknown}");
    }

    /// <returns>CPU nanoseconds per sample.</returns>
    private double Pass(int passes, bool intern)
    {
        var start = Diagnostics.Libc.ThreadCpuNs();
        for (var pass = 0; pass < passes; pass++)
        {
            foreach (var record in records)
            {
                One(record, intern);
            }
        }

        return (Diagnostics.Libc.ThreadCpuNs() - start) / (double)(passes * records.Count);
    }

    private void One(byte[] record, bool intern)
    {
        PerfRecord.TryReadSample(record, PerfAbi.Current!, hasStack: true, out var sample);
        var count = 0;
        foreach (var entry in sample.Chain)
        {
            if (entry < PerfRecord.FirstMarker && count < 127)
            {
                _chain[count++] = entry;
            }
        }

        var truncated = false;
        count = _repair.Repair(_chain, count, sample, ref truncated);
        _frames += count;
        if (intern)
        {
            _interner.Intern(new RawSample { Source = SampleSource.Kernel, Thread = 1, Timestamp = 1, Count = 1, Addresses = _chain.AsSpan(0, count), Truncated = truncated });
        }
    }
}

using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace SelfProfiler.Bench.Micro.Export;

/// <summary>The most memory in use between its creation and <see cref="Stop"/>, above what was in use before; looked at every half millisecond.</summary>
internal sealed class PeakMemory : IDisposable
{
    private readonly SafeFileHandle _statm = File.OpenHandle("/proc/self/statm");
    private readonly Thread _thread;
    private readonly long _heapBefore;
    private readonly long _anonymousBefore;
    private long _heap;
    private long _anonymous;
    private volatile bool _stop;

    public PeakMemory()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _heapBefore = _heap = GC.GetTotalMemory(false);
        _anonymousBefore = _anonymous = Anonymous();
        _thread = new Thread(() =>
        {
            while (!_stop)
            {
                Look();
                Thread.Sleep(TimeSpan.FromMilliseconds(0.5));
            }
        });
        _thread.Start();
    }

    public (long Heap, long Anonymous) Stop()
    {
        Look();
        Dispose();
        return (_heap - _heapBefore, _anonymous - _anonymousBefore);
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _statm.Dispose();
    }

    private void Look()
    {
        _heap = Math.Max(_heap, GC.GetTotalMemory(false));
        _anonymous = Math.Max(_anonymous, Anonymous());
    }

    // Resident pages but for those of files and shared memory. Without an allocation: what it looks for is memory.
    private long Anonymous()
    {
        Span<byte> text = stackalloc byte[128];
        var rest = text[..RandomAccess.Read(_statm, text, 0)];
        Span<long> fields = stackalloc long[3];
        for (var i = 0; i < fields.Length; i++)
        {
            Utf8Parser.TryParse(rest, out fields[i], out var used);
            rest = rest[(used + 1)..];
        }

        return (fields[1] - fields[2]) * Environment.SystemPageSize;
    }
}

using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using SelfProfiler.Diagnostics;
using SelfProfiler.Labels;

namespace SelfProfiler.Bench.Micro;

/// <summary>What labels cost an application thread at each change, and the pump at each look-up.</summary>
public class LabelBenchmark
{
    private const int Changes = 100;

    private LabelEngine _labels = null!;
    private Thread _pump = null!;
    private ExecutionContext _outside = null!;
    private ExecutionContext _inside = null!;
    private int _thread;
    private long _from;
    private long _length;
    private uint _step;
    private volatile bool _stop;

    [Params(true, false)]
    public bool Profiled { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _labels = new LabelEngine(new LabelOptions());
        if (Profiled)
        {
            _labels.Start();
        }

        _outside = ExecutionContext.Capture()!;
        using (new Activity("request").Start())
        {
            _inside = ExecutionContext.Capture()!;
        }

        _thread = Libc.ThreadId();
        _from = Clock.Now;
        ChangeOfContext();
        _length = Clock.Now - _from;
        _labels.Timeline.Drain(Clock.Now);
        _stop = false;
        _pump = new Thread(() =>
        {
            while (!_stop)
            {
                Thread.Sleep(10);
                lock (_labels)
                {
                    _labels.Timeline.Drain(Clock.Now);
                }
            }
        });
        _pump.Start();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _stop = true;
        _pump.Join();
        _labels.Stop();
    }

    /// <summary>A flow comes onto the thread, or leaves it: two of them for each piece of work of the pool.</summary>
    [Benchmark(OperationsPerInvoke = 2 * Changes)]
    public void ChangeOfContext()
    {
        for (var i = 0; i < Changes; i++)
        {
            ExecutionContext.Restore(_inside);
            ExecutionContext.Restore(_outside);
        }
    }

    /// <summary>The whole of a request, as ASP.NET Core makes it.</summary>
    [Benchmark]
    public void Request()
    {
        using (new Activity("request").Start())
        {
            RequestScope.SetRoute("/orders/{id}");
            RequestScope.SetStatus(200);
        }
    }

    [Benchmark]
    public int LookUp()
    {
        lock (_labels)
        {
            _step = (_step * 1_664_525) + 1_013_904_223;
            return _labels.Timeline.Resolve(_thread, _from + (_step % Math.Max(1, _length))).GetHashCode();
        }
    }
}

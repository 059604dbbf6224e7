using System.Globalization;

namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>Processor time of a profiler's own threads in another process, and of those the runtime starts for it: what a difference of on and off drowns in noise, the system counts to the nanosecond.</summary>
internal sealed class OwnThreads
{
    /// <summary>Of the peers, too. Names as the kernel cuts them.</summary>
    private static readonly string[] _names = ["SelfProfiler", ".NET EventPipe", ".NET Sampl", "tracelog"];

    /// <summary>Threads of sessions end with them: what one takes between the last look and its end is not seen.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    /// <summary>A thread names itself a moment after it began: it is asked twice before it counts as somebody else's.</summary>
    private const int Asked = 2;

    private readonly string _tasks;
    private readonly Dictionary<string, (long First, long Last)> _cpu = [];
    private Dictionary<string, int> _asked = []; // how often each that is not a profiler's was asked for its name
    private bool _looked;

    private OwnThreads(int process) => _tasks = $"/proc/{process}/task";

    /// <summary>Watches for as long as the action runs.</summary>
    public static (T Result, long CpuNs) During<T>(int process, Func<T> action)
    {
        var threads = new OwnThreads(process);
        threads.Look();
        using var end = new ManualResetEventSlim();
        var watcher = new Thread(() =>
        {
            while (!end.Wait(_pause))
            {
                threads.Look();
            }
        });
        watcher.Start();
        T result;
        try
        {
            result = action();
        }
        finally
        {
            end.Set();
            watcher.Join();
        }

        threads.Look();
        return (result, threads._cpu.Values.Sum(cpu => cpu.Last - cpu.First));
    }

    private void Look()
    {
        var asked = new Dictionary<string, int>();
        foreach (var task in Directory.EnumerateDirectories(_tasks))
        {
            var before = _asked.GetValueOrDefault(task);
            if (_cpu.TryGetValue(task, out var cpu))
            {
                _cpu[task] = (cpu.First, Math.Max(cpu.Last, CpuNs(task)));
            }
            else if (before < Asked && IsOwn(ProcessClock.Text($"{task}/comm")))
            {
                var now = CpuNs(task);
                _cpu[task] = (_looked ? 0 : now, now); // all of what a new thread took is new
            }
            else
            {
                asked[task] = before + 1;
            }
        }

        _asked = asked;
        _looked = true;
    }

    private static bool IsOwn(string name) => Array.Exists(_names, own => name.StartsWith(own, StringComparison.Ordinal));

    private static long CpuNs(string task)
    {
        if (ProcessClock.Text($"{task}/schedstat").Split(' ') is { Length: > 2 } exact)
        {
            return long.Parse(exact[0], CultureInfo.InvariantCulture);
        }

        // Where the kernel does not keep it: user and system time in hundredths of a second, counted after the name, which may hold blanks.
        var stat = ProcessClock.Text($"{task}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 13 ? 0 : (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) * 10_000_000;
    }
}

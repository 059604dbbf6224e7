namespace SelfProfiler.Bench.Soak;

/// <summary>Counts the sessions the runtime begins in a process, from outside: each has a thread of its own, named after it. Sessions last a tenth of a second at least, and looks are closer together.</summary>
internal sealed class SessionCounter : IDisposable
{
    private const string Name = ".NET EventPipe";

    /// <summary>A thread names itself a moment after it began: it is asked twice before it counts as somebody else's.</summary>
    private const int Asked = 2;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private readonly string _tasks;
    private readonly Thread _thread;
    private Dictionary<string, int> _known = []; // the thread's own: how often each was asked
    private volatile int _begun = -1; // the runtime's diagnostics server has a thread of this name, too
    private volatile bool _stopped;

    public SessionCounter(int process)
    {
        _tasks = $"/proc/{process}/task";
        _thread = new Thread(Watch) { IsBackground = true, Name = "session counter" };
        _thread.Start();
    }

    public int Begun => Math.Max(0, _begun);

    public void Dispose()
    {
        _stopped = true;
        _thread.Join();
    }

    private void Watch()
    {
        for (; !_stopped; Thread.Sleep(_pause))
        {
            try
            {
                Look();
            }
            catch (IOException)
            {
                return; // The process has ended.
            }
        }
    }

    private void Look()
    {
        var now = new Dictionary<string, int>();
        foreach (var task in Directory.EnumerateDirectories(_tasks))
        {
            var asked = _known.GetValueOrDefault(task);
            if (asked < Asked)
            {
                asked++;
                if (NameOf(task).StartsWith(Name, StringComparison.Ordinal))
                {
                    _begun++;
                    asked = Asked;
                }
            }

            now[task] = asked;
        }

        _known = now; // ids of ended threads are given out again
    }

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(task + "/comm");
        }
        catch (IOException)
        {
            return ""; // The thread has ended.
        }
    }
}

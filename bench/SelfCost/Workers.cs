using System.Runtime.CompilerServices;

namespace SelfProfiler.Bench.SelfCost;

/// <summary>The threads of the measured process: those that work and count, and those that stand beside. They end with the process.</summary>
internal sealed class Workers
{
    /// <summary>Of a request in a real program; events carry that many frames and a few more.</summary>
    private const int Depth = 25;

    private const int BlockedDepth = 10;
    private const int CacheLine = 8;

    private readonly ManualResetEventSlim _never = new();
    private readonly long[] _done;

    public Workers(IWork work, int blocked)
    {
        _done = new long[(work.Threads + 1) * CacheLine];
        for (var i = 0; i < blocked; i++)
        {
            Start($"blocked {i}", () => Descend(BlockedDepth, _never.Wait));
        }

        for (var i = 0; i < work.Threads; i++)
        {
            var thread = i;
            Start($"worker {i}", () => Descend(Depth, () =>
            {
                while (true)
                {
                    work.Once(thread);
                    Volatile.Write(ref _done[(thread + 1) * CacheLine], _done[(thread + 1) * CacheLine] + 1);
                }
            }));
        }
    }

    /// <summary>Pieces of work so far.</summary>
    public long Done
    {
        get
        {
            long sum = 0;
            for (var i = CacheLine; i < _done.Length; i += CacheLine)
            {
                sum += Volatile.Read(ref _done[i]);
            }

            return sum;
        }
    }

    private static void Start(string name, Action run) => new Thread(() => run(), 256 * 1024) { IsBackground = true, Name = name }.Start();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(int depth, Action work)
    {
        if (depth > 0)
        {
            return Descend(depth - 1, work) + 1;
        }

        work();
        return 0;
    }
}

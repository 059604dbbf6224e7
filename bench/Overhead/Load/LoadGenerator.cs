using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace SelfProfiler.Bench.Overhead.Load;

/// <summary>Loads a server from this process: at a fixed rate with random gaps (open loop), or as fast as it answers (closed loop).</summary>
internal sealed class LoadGenerator(IPEndPoint address, IReadOnlyList<string> paths, int connections) : IDisposable
{
    /// <summary>Servers close connections that have been idle for long: Kestrel after 130 s.</summary>
    private static readonly TimeSpan _longestIdle = TimeSpan.FromSeconds(60);

    private readonly HttpConnection?[] _connections = new HttpConnection?[connections];
    private long _lastUse = Stopwatch.GetTimestamp();
    private readonly byte[][] _requests = [.. paths.Select(path => HttpConnection.Request(path, address))];

    /// <summary>Requests come due whether or not the server has answered the ones before.</summary>
    public LoadResult Open(double perSecond, double seconds, int seed)
    {
        var due = Arrivals(perSecond, seconds, seed);
        var next = -1;
        return Run(seconds, (connection, histogram, start) =>
        {
            int index;
            while ((index = Interlocked.Increment(ref next)) < due.Length)
            {
                var moment = start + due[index];
                Nap.Until(moment);
                Send(connection, index, moment, histogram);
            }
        });
    }

    /// <summary>Each connection sends as soon as it has its answer.</summary>
    public LoadResult Closed(double seconds)
    {
        var next = -1;
        return Run(seconds, (connection, histogram, start) =>
        {
            var end = start + (long)(seconds * Stopwatch.Frequency);
            for (long now; (now = Stopwatch.GetTimestamp()) < end;)
            {
                Send(connection, Interlocked.Increment(ref next), now, histogram);
            }
        });
    }

    public void Dispose()
    {
        foreach (var connection in _connections)
        {
            connection?.Dispose();
        }

        Array.Clear(_connections);
    }

    private LoadResult Run(double seconds, Action<int, LatencyHistogram, long> work)
    {
        if (Stopwatch.GetElapsedTime(_lastUse) > _longestIdle)
        {
            Dispose();
        }

        var histograms = new LatencyHistogram[_connections.Length];
        var failures = 0L;
        var start = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 100);
        var threads = new Thread[_connections.Length];
        for (var i = 0; i < threads.Length; i++)
        {
            var index = i;
            histograms[i] = new LatencyHistogram();
            threads[i] = new Thread(() => Guard(() => work(index, histograms[index], start), index, ref failures), 256 * 1024);
            threads[i].Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        _lastUse = Stopwatch.GetTimestamp();
        var all = new LatencyHistogram();
        Array.ForEach(histograms, all.Add);
        return new LoadResult(Math.Max(seconds, Stopwatch.GetElapsedTime(start).TotalSeconds), all, failures);
    }

    private void Guard(Action work, int connection, ref long failures)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            Interlocked.Increment(ref failures);
            _connections[connection]?.Dispose();
            _connections[connection] = null;
        }
    }

    private void Send(int connection, int index, long due, LatencyHistogram histogram)
    {
        var http = _connections[connection] ??= new HttpConnection(address);
        var status = http.Send(_requests[index % _requests.Length]);
        if (status is < 200 or > 299)
        {
            throw new IOException($"{paths[index % paths.Count]} was answered with {status}.");
        }

        histogram.Add(Stopwatch.GetElapsedTime(due).TotalMicroseconds);
    }

    /// <summary>Random gaps, the same for every variant of a round.</summary>
    private static long[] Arrivals(double perSecond, double seconds, int seed)
    {
        var random = new Random(seed);
        var arrivals = new List<long>((int)(perSecond * seconds * 1.2));
        for (double time = 0; ;)
        {
            time -= Math.Log(1 - random.NextDouble()) / perSecond;
            if (time >= seconds)
            {
                return [.. arrivals];
            }

            arrivals.Add((long)(time * Stopwatch.Frequency));
        }
    }
}

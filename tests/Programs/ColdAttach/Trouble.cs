using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;
using System.Reflection.Emit;
using System.Text.RegularExpressions;

namespace SelfProfiler.ColdAttach;

/// <summary>What deadlocks were reproduced with: EventSources and type initialisers for the first time, JIT compilation, dynamic methods collected, while sessions start and stop.</summary>
internal sealed class Trouble : IDisposable
{
    private readonly Thread[] _threads;
    private volatile bool _over;

    public Trouble()
    {
        _threads = [Begin(FirstTimes), Begin(DynamicMethods), Begin(EventSources)];
    }

    public void Dispose()
    {
        _over = true;
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private static Thread Begin(ThreadStart work)
    {
        var thread = new Thread(work) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private void FirstTimes()
    {
        _ = Task.Run(() => { });
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var accept = listener.AcceptAsync();
        client.Connect(listener.LocalEndPoint!);
        using var server = accept.GetAwaiter().GetResult();
        _ = new ConcurrentDictionary<string, string>();
        _ = new Regex("a+b", RegexOptions.Compiled).IsMatch("aab");
        using var http = new HttpClient();
    }

    private void DynamicMethods()
    {
        while (!_over)
        {
            for (int i = 0; i < 20; i++)
            {
                var method = new DynamicMethod($"d{i}", typeof(int), [typeof(int)]);
                var il = method.GetILGenerator();
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ret);
                _ = method.CreateDelegate<Func<int, int>>()(i);
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(1);
        }
    }

    private void EventSources()
    {
        for (int i = 0; !_over; i++)
        {
            using var source = new EventSource($"Trouble-{i % 50}");
            source.Write("made");
            Thread.Sleep(1);
        }
    }
}

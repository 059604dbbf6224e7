using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Tracing;

namespace SelfProfiler.Session;

/// <summary>Initialises, before the first session, what creates EventSources or holds type-initialiser locks in doing so.</summary>
/// <remarks>
/// While a session stops the runtime holds its EventPipe lock and may wait for the pump to read. A thread that creates an
/// EventSource then waits for that lock, inside the initialiser of the thread pool for example; if the pump needed the
/// same initialiser, nobody would go on.
/// </remarks>
internal static class WarmUp
{
    public static void Run()
    {
        foreach (var source in EventSource.GetSources())
        {
            _ = source.Guid;
        }

        _ = ThreadPool.ThreadCount;
        _ = ThreadPool.UnsafeQueueUserWorkItem(static _ => { }, null);
        _ = Task.CompletedTask.IsCompleted;
        _ = TaskScheduler.Default.Id;
        ArrayPool<byte>.Shared.Return(ArrayPool<byte>.Shared.Rent(16));
        ArrayPool<char>.Shared.Return(ArrayPool<char>.Shared.Rent(16));
        _ = new ConcurrentDictionary<int, int>().TryAdd(1, 1);
        _ = new ConcurrentQueue<int>().IsEmpty;
        _ = Activity.Current;
        _ = DiagnosticListener.AllListeners;
        Throw();
        DrainedRundown.WarmUp();
        using var wake = new WakeEvent();
        wake.Set();
        wake.WaitUntil(Diagnostics.Clock.Now + 1_000_000);
    }

    // The first exception loads resources and stack trace support.
    private static void Throw()
    {
        try
        {
            throw new InvalidOperationException("warm-up");
        }
        catch (InvalidOperationException e)
        {
            _ = e.ToString();
        }
    }
}

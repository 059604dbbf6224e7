using System.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.ColdAttach;

/// <summary>Prints what became of the session for names, under whatever the environment forbids.</summary>
internal static class States
{
    /// <param name="occupied">Sessions that somebody else holds.</param>
    public static int Print(int occupied)
    {
        var notices = new List<string>();
        using var pump = new Pump(new PumpOptions());
        using var supervisor = new SessionSupervisor(pump, new SupervisorOptions
        {
            Source = _ => new Reader(),
            Notice = notice =>
            {
                lock (notices)
                {
                    notices.Add(notice.Sentence);
                }
            },
        });
        var others = Occupy(occupied);
        supervisor.Want(SessionKind.Methods, true);
        supervisor.Want(SessionKind.Gc, true);
        pump.Start();
        supervisor.Start();
        var clock = Stopwatch.StartNew();
        while (!Settled(supervisor) && clock.Elapsed < TimeSpan.FromSeconds(20))
        {
            Thread.Sleep(5);
        }

        string? left = supervisor.Stop(TimeSpan.FromSeconds(5));
        others.ForEach(descriptor => Posix.Close(descriptor)); // Else the runtime would wait at the end for somebody to read them.
        foreach (var status in supervisor.Status())
        {
            Console.WriteLine($"{status.Kind}: {status.State} {status.Failure?.Reason} {status.Starts} starts");
        }

        lock (notices)
        {
            notices.ForEach(Console.WriteLine);
            Console.WriteLine($"{notices.Count} notices, left «{left}»");
        }

        return left is null ? 0 : 1;
    }

    private static bool Settled(SessionSupervisor supervisor)
    {
        var status = supervisor.Status();
        return status[(int)SessionKind.Gc] is { State: SessionState.Running or SessionState.Failed } or { Failures: > 0 };
    }

    // The streams stay open and unread, as with a tool that has stopped reading.
    private static List<int> Occupy(int count)
    {
        var descriptors = new List<int>();
        var ipc = new DiagnosticIpc(DiagnosticSocket.OfThisProcess());
        while (descriptors.Count < count)
        {
            var answer = ipc.Start(SessionDefinition.Contention, new Deadline(TimeSpan.FromSeconds(5)));
            if (answer.Failure is not null)
            {
                Console.WriteLine($"occupied {descriptors.Count}: {answer.Failure.Reason}");
                break;
            }

            descriptors.Add(answer.Descriptor);
        }

        return descriptors;
    }
}

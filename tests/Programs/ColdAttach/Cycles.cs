using System.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.ColdAttach;

/// <summary>Starts and stops the whole set of sessions, rundown included, again and again from the first moment on.</summary>
internal static class Cycles
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(20);

    public static int Run(int count)
    {
        using var trouble = new Trouble();
        for (int i = 0; i < count; i++)
        {
            Watchdog.Progress = $"cycle {i}";
            string? wrong = RunOne();
            if (wrong is not null)
            {
                Console.WriteLine($"cycle {i}: {wrong}");
                return 1;
            }
        }

        Console.WriteLine($"{count} cycles");
        return 0;
    }

    private static string? RunOne()
    {
        string? notice = null;
        Reader? rundown = null;
        using var pump = new Pump(new PumpOptions { OnError = (where, e) => notice = $"{where}: {e}" });
        using var supervisor = new SessionSupervisor(pump, new SupervisorOptions
        {
            Source = kind =>
            {
                var reader = new Reader();
                if (kind == SessionKind.Rundown)
                {
                    Volatile.Write(ref rundown, reader);
                }

                return reader;
            },
            Notice = n => notice = n.Sentence,
        });
        foreach (var kind in Enum.GetValues<SessionKind>())
        {
            supervisor.Want(kind, true);
        }

        supervisor.Ticks.RunWindowNow(TimeSpan.FromMilliseconds(3));
        pump.Start();
        supervisor.Start();
        bool complete = Wait(() => Volatile.Read(ref rundown)?.Ended == true && supervisor.Ticks.Windows > 0);
        string? left = supervisor.Stop(_deadline);
        bool stopped = pump.Stop(_deadline);
        return (complete, rundown?.Events, left, stopped, notice) switch
        {
            (true, > 100, null, true, null) => null,
            _ => $"complete {complete}, events {rundown?.Events}, left «{left}», pump stopped {stopped}, notice «{notice}»",
        };
    }

    private static bool Wait(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > _deadline)
            {
                return false;
            }

            Thread.Sleep(1);
        }

        return true;
    }
}

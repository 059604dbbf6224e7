using System.Diagnostics;
using SelfProfiler.Session;

namespace SelfProfiler.ColdAttach;

/// <summary>Ends the process while sessions run: by returning, by exiting, or with a pump that hangs.</summary>
internal static class Exits
{
    public static int Run(string how)
    {
        using var never = new ManualResetEventSlim();
        var pump = new Pump(new PumpOptions());
        var supervisor = new SessionSupervisor(pump, new SupervisorOptions
        {
            Source = _ => new Reader(),
            LongestPumpTurn = TimeSpan.FromSeconds(1),
            Notice = notice => Console.WriteLine($"notice: {notice.Sentence}"),
        });
        foreach (var kind in Enum.GetValues<SessionKind>())
        {
            supervisor.Want(kind, true);
        }

        pump.Start();
        supervisor.Start();
        var clock = Stopwatch.StartNew();
        while (supervisor.Status()[(int)SessionKind.Waits].State != SessionState.Running && clock.Elapsed < TimeSpan.FromSeconds(30))
        {
            Thread.Sleep(1);
        }

        if (how == "hung")
        {
            _ = pump.Post(never.Wait);
        }

        // More than the sockets' buffers hold.
        for (int i = 0; i < 2_000; i++)
        {
            Thrower.Throw();
        }

        if (how == "exit")
        {
            Environment.Exit(0);
        }

        return 0;
    }
}

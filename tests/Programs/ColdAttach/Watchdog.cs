using System.Diagnostics;
using SelfProfiler.Diagnostics;

namespace SelfProfiler.ColdAttach;

/// <summary>Ends a process that hangs, after printing what every thread of it waits for. Uses nothing that a hang could hold.</summary>
internal sealed class Watchdog : IDisposable
{
    private readonly ManualResetEventSlim _over = new();

    public Watchdog(TimeSpan limit)
    {
        var thread = new Thread(() =>
        {
            if (!_over.Wait(limit))
            {
                Console.WriteLine($"HANG after {limit.TotalSeconds} s at {Clock.Now}, progress: {Progress}");
                Dump();
                Process.GetCurrentProcess().Kill();
            }
        })
        { IsBackground = true, Name = "watchdog" };
        thread.Start();
    }

    public static string Progress { get; set; } = "";

    public void Dispose() => _over.Set();

    private static void Dump()
    {
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
        {
            Console.WriteLine($"{Path.GetFileName(task)} {Read(task, "comm")} {Read(task, "wchan")} {Read(task, "syscall")}");
        }
    }

    private static string Read(string task, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, file)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }
}

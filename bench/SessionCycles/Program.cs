using System.Globalization;

namespace SelfProfiler.SessionCycles;

/// <summary>
/// What does starting and stopping sessions leave behind? Runs cycles of one kind and writes the process's memory as CSV:
/// <c>SessionCycles ticks|rundown|methods|none COUNT [--trim] [--threads N] [--every N]</c>. The number of allocator arenas comes from MALLOC_ARENA_MAX.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length < 2 || !int.TryParse(arguments[1], out int count))
        {
            Console.Error.WriteLine("SessionCycles ticks|rundown|methods|none COUNT [--trim] [--threads N] [--every N]");
            return 1;
        }

        bool trim = arguments.Contains("--trim");
        int every = Option(arguments, "--every", 100);
        IdleThreads.Start(Option(arguments, "--threads", 0));
        using var cycle = new Cycle(arguments[0]);
        Console.WriteLine(MemoryReading.Header);
        for (int done = 0; ; done++)
        {
            if (done % every == 0)
            {
                Console.WriteLine(MemoryReading.Take(done, trim));
            }

            if (done == count)
            {
                return 0;
            }

            cycle.Run();
        }
    }

    private static int Option(string[] arguments, string name, int otherwise)
    {
        int index = Array.IndexOf(arguments, name);
        return index < 0 ? otherwise : int.Parse(arguments[index + 1], CultureInfo.InvariantCulture);
    }
}

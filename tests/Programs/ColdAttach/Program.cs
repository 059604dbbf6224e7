namespace SelfProfiler.ColdAttach;

/// <summary>A cold process that attaches to itself at once. The last line says how it went; the exit code is 0 when it went as asked.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        using var watchdog = new Watchdog(TimeSpan.FromSeconds(90));
        return arguments switch
        {
            ["cycles", var count] => Cycles.Run(int.Parse(count)),
            ["state"] => States.Print(occupied: 0),
            ["crowded", var occupied] => States.Print(int.Parse(occupied)),
            ["exit", var how] => Exits.Run(how),
            _ => throw new ArgumentException("cycles N | state | crowded N | exit return|exit|hung"),
        };
    }
}

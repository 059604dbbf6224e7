using System.Diagnostics;
using System.Globalization;

namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>Gives orders to the hook inside the measured program.</summary>
internal sealed class HookControl(string path)
{
    private int _number;

    public string Order(string word)
    {
        var order = $"{++_number} {word}";
        File.WriteAllText(path, order);
        for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(30); Thread.Sleep(10))
        {
            var answer = File.Exists(path + ".answer") ? Read(path + ".answer") : "";
            if (answer.StartsWith(order + " ", StringComparison.Ordinal))
            {
                return answer[(order.Length + 1)..];
            }
        }

        throw new TimeoutException($"The hook in the program did not answer to «{word}».");
    }

    /// <summary>Bytes allocated and milliseconds paused for collections since the start.</summary>
    public (double Bytes, double PausedMs) Allocated()
    {
        var parts = Order("allocated").Split(' ');
        return (double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }
}

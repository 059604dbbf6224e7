using System.Diagnostics;
using System.Globalization;
using SelfProfiler.Kernel;

namespace SelfProfiler.PerfCompare;

/// <summary>Lets perf look at this process from outside.</summary>
internal sealed class PerfRecorder : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private Process? _recording;

    public void Start(TimeSpan duration) => _recording = Process.Start(new ProcessStartInfo("perf",
        ["record", "-e", "cpu-clock", "-F", "99", "-g", "-o", _file, "-p", Text(Environment.ProcessId), "--", "sleep", Text((int)duration.TotalSeconds)])
    {
        RedirectStandardError = true,
        RedirectStandardOutput = true,
    });

    public void Wait()
    {
        _recording!.WaitForExit();
        if (_recording.ExitCode != 0)
        {
            throw new InvalidOperationException(_recording.StandardError.ReadToEnd());
        }
    }

    /// <summary>The samples of the application: threads of the profiler and of the runtime's event pipe are left out, as the profiler does.</summary>
    public Shares Read(AddressNames names)
    {
        // The dump has the addresses as they were; every other form has them relative to the file.
        using var script = Process.Start(new ProcessStartInfo("perf", ["script", "-D", "-i", _file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        script.ErrorDataReceived += static (_, _) => { };
        script.BeginErrorReadLine();
        var shares = new Shares();
        var chain = new List<ulong>();
        while (script.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith("... FP chain", StringComparison.Ordinal))
            {
                chain.Clear();
            }
            else if (line.StartsWith(".....", StringComparison.Ordinal) && TryAddress(line, out var address))
            {
                chain.Add(address);
            }
            else if (line.StartsWith(" ... thread:", StringComparison.Ordinal) && !IsOurs(line))
            {
                shares.Add(Names(chain, names), 1, 1);
            }
        }

        return shares;
    }

    public void Dispose()
    {
        _recording?.Dispose();
        File.Delete(_file);
    }

    private static bool IsOurs(string thread) => Array.Exists(["SelfProfiler", ".NET EventPipe", ".NET Sampl"], name => thread.Contains(name, StringComparison.Ordinal));

    /// <summary>Leaf first; what lies in the kernel is one frame, native frames of one name in a row are one, as in a profile.</summary>
    private static List<string> Names(List<ulong> chain, AddressNames names)
    {
        var stack = new List<string>();
        var first = true;
        foreach (var address in chain)
        {
            if (address < PerfRecord.FirstMarker)
            {
                var kernel = (long)address < 0;
                var name = kernel ? "[kernel]" : names.Of(first ? address : address - 1);
                first = kernel;
                if (stack.Count == 0 || stack[^1] != name || !name.StartsWith('['))
                {
                    stack.Add(name);
                }
            }
        }

        return stack;
    }

    /// <summary>After the number of the frame.</summary>
    private static bool TryAddress(string line, out ulong address)
    {
        address = 0;
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && ulong.TryParse(line.AsSpan(colon + 1).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out address);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

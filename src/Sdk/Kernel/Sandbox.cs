using System.Globalization;
using System.Text;

namespace SelfProfiler.Kernel;

/// <summary>What stands between this process and the kernel, as far as one can see without calling it.</summary>
/// <param name="Filtered">A seccomp filter is installed.</param>
/// <param name="Service">systemd started the process: its filters kill unless told otherwise.</param>
/// <param name="Paranoid"><c>kernel.perf_event_paranoid</c>; 2 where it cannot be read.</param>
/// <param name="Error">The error number when /proc/self/status could not be read, else 0.</param>
internal sealed record Sandbox(bool Filtered, bool Service, int Paranoid, int Error = 0)
{
    public static Sandbox Read()
    {
        var status = ReadText("/proc/self/status\0"u8, out var error);
        var paranoid = ReadText("/proc/sys/kernel/perf_event_paranoid\0"u8, out _);
        return new Sandbox(
            Filtered: SeccompMode(status) == 2,
            Service: Environment.GetEnvironmentVariable("INVOCATION_ID") is not null,
            Paranoid: int.TryParse(paranoid, NumberStyles.Integer, CultureInfo.InvariantCulture, out var level) ? level : 2,
            Error: error);
    }

    /// <summary>A filter may answer a call by killing the process. Whether it does is tried out in a child process, under systemd only when the user insists.</summary>
    /// <param name="insist">The user asked for the kernel source by name.</param>
    /// <param name="trial">What the filter does to a process that calls.</param>
    /// <returns>A sentence, or null when the call can do no harm.</returns>
    public string? ReasonNotToCall(bool insist, Func<TrialOutcome> trial)
    {
        if (!Filtered)
        {
            return null;
        }

        if (Service && !insist)
        {
            return "The service runs under a seccomp filter (SystemCallFilter= or a sandbox option of its unit), which may kill the process for calling perf_event_open, so it was not called. "
                + "Choose CpuSource = Kernel; where the unit has a SystemCallFilter= add the line 'SystemCallFilter=perf_event_open' (alone it would forbid everything else).";
        }

        return trial() switch
        {
            TrialOutcome.Survives => null,
            TrialOutcome.Dies =>
                "A seccomp filter kills processes that call perf_event_open, so it was not called. Allow perf_event_open in the filter; with systemd: a further line 'SystemCallFilter=perf_event_open' beside the unit's.",
            _ when insist => null,
            _ =>
                "The process runs under a seccomp filter, which may kill it for calling perf_event_open, and that could not be tried out, so it was not called. "
                + "Allow perf_event_open in the filter and choose CpuSource = Kernel.",
        };
    }

    /// <returns>0 none, 1 strict, 2 filter; 2 when the file cannot be understood, the careful answer.</returns>
    internal static int SeccompMode(string status)
    {
        foreach (var line in status.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("Seccomp:"))
            {
                return int.TryParse(line[8..].Trim(), NumberStyles.Integer, CultureInfo.InvariantCulture, out var mode) ? mode : 2;
            }
        }

        // A kernel without seccomp has no such line; a file that could not be read has no lines at all.
        return status.Length > 0 ? 0 : 2;
    }

    /// <returns>Empty when it cannot be read: unknown, not wrong; every reader says what it takes for unknown.</returns>
    private static string ReadText(ReadOnlySpan<byte> path, out int error)
    {
        // Large enough for the list of groups of a user with thousands of them. By plain calls: this may run on the pump.
        var buffer = new byte[64 << 10];
        var length = SmallFile.Read(path, buffer);
        error = Math.Max(0, -length);
        return Encoding.ASCII.GetString(buffer, 0, Math.Max(0, length));
    }
}

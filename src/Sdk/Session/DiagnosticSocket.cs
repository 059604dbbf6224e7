using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace SelfProfiler.Session;

/// <summary>Finds the socket on which the runtime of this process takes diagnostic commands, or says why there is none.</summary>
internal sealed class DiagnosticSocket
{
    private DiagnosticSocket(string? path, SessionFailure? failure)
    {
        Path = path;
        Failure = failure;
    }

    public string? Path { get; }

    public SessionFailure? Failure { get; }

    public static DiagnosticSocket OfThisProcess()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Missing(FailureReason.NotSupported, "Sessions inside the process are supported on Linux only so far: this application is not profiled.");
        }

        if (!RuntimeFeature.IsDynamicCodeSupported)
        {
            return Missing(FailureReason.NotSupported, "This form of the runtime (NativeAOT) has no event sessions to attach to: publish without PublishAot to profile.");
        }

        var environment = InitialEnvironment.Read();
        foreach (string name in (ReadOnlySpan<string>)["EnableDiagnostics", "EnableDiagnostics_IPC"])
        {
            string? value = environment.Get("DOTNET_" + name) ?? environment.Get("COMPlus_" + name);
            if (value is not null && IsZero(value))
            {
                return Missing(FailureReason.DiagnosticsOff, $"Diagnostics are switched off by DOTNET_{name}={value}: remove it and restart to profile.");
            }
        }

        string directory = environment.Get("TMPDIR") is { Length: > 0 } temp ? temp : "/tmp";
        return Find(directory, Environment.ProcessId, StartTime());
    }

    /// <summary>The name holds the process's start time, so that a leftover of an earlier process with the same id is not taken for ours.</summary>
    internal static DiagnosticSocket Find(string directory, int processId, string? startTime)
    {
        string? path = startTime is null
            ? Newest(directory, processId)
            : System.IO.Path.Combine(directory, $"dotnet-diagnostic-{processId}-{startTime}-socket");
        if (path is null || !File.Exists(path))
        {
            return Missing(FailureReason.NoSocket, $"The runtime has no diagnostics socket in {directory}: make that directory writable (or point TMPDIR to one that is) and restart.");
        }

        return Posix.FitsSocketAddress(Encoding.UTF8.GetBytes(path))
            ? new DiagnosticSocket(path, null)
            : Missing(FailureReason.NoSocket, $"The path of the temp directory {directory} is too long for a socket: point TMPDIR to a shorter one and restart.");
    }

    private static DiagnosticSocket Missing(FailureReason reason, string sentence) => new(null, new SessionFailure(reason, sentence));

    // The runtime reads its settings as hexadecimal numbers.
    private static bool IsZero(string value) =>
        uint.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint number) && number == 0;

    private static string? Newest(string directory, int processId)
    {
        try
        {
            return new DirectoryInfo(directory)
                .EnumerateFiles($"dotnet-diagnostic-{processId}-*-socket")
                .MaxBy(f => f.CreationTimeUtc)?.FullName;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // The caller's sentence names the directory.
        }
    }

    // Field 22 of the process's stat; the name in field 2 may contain blanks and brackets.
    private static string? StartTime()
    {
        try
        {
            string stat = File.ReadAllText("/proc/self/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields.Length > 19 ? fields[19] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Without /proc the newest socket of this process id is taken.
        }
    }
}

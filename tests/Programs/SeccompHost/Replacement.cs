using System.Runtime.InteropServices;

namespace SelfProfiler.SeccompHost;

/// <summary>Another program in the place of this one, under the filter that this one installed.</summary>
internal static partial class Replacement
{
    /// <summary>Returns only by an exception.</summary>
    public static void Begin(string[] command)
    {
        // Named by the process and its start, which stay: the next runtime could not make its own.
        foreach (var socket in Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*-socket"))
        {
            File.Delete(socket);
        }

        _ = Execute(command[0], [.. command, null]);
        throw new InvalidOperationException($"{command[0]} could not be started: error {Marshal.GetLastPInvokeError()}.");
    }

    [LibraryImport("libc", EntryPoint = "execvp", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string file, string?[] arguments);
}

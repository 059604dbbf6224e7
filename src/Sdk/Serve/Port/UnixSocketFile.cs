using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SelfProfiler.Serve.Port;

/// <summary>A Unix socket that only the process's own user may connect to.</summary>
internal static unsafe partial class UnixSocketFile
{
    private const int WorkingDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint WantType = 1;

    /// <summary>Of <c>struct statx</c>, the same on every processor.</summary>
    private const int ModeOffset = 28;
    private const int StatxBytes = 256;
    private const int TypeMask = 0xF000;
    private const int SocketFile = 0xC000;

    /// <exception cref="IOException">There is a file that is not an abandoned socket.</exception>
    public static Socket Listen(string path, int backlog)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Unix sockets are not supported here: use ContinuousProfiling:DiagnosticsPort");
        }

        RemoveAbandoned(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));

            // Nobody can connect before Listen: there is no moment in which the mode is the umask's.
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(backlog);
            socket.Blocking = false;
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Only what surely is a socket, and surely nobody's.</summary>
    private static void RemoveAbandoned(string path)
    {
        switch (Type(path))
        {
            case null:
                return;
            case SocketFile:
                break;
            default:
                throw new IOException("a file that is not a socket is in the way");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Without blocking: a listener whose queue is full would hold us.
            probe.Blocking = false;
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException exception)
        {
            throw new IOException($"a socket is in the way ({exception.SocketErrorCode})", exception);
        }

        throw new IOException("somebody listens on it already");
    }

    /// <returns>Null when there is nothing.</returns>
    private static int? Type(string path)
    {
        var buffer = stackalloc byte[StatxBytes];
        try
        {
            return Statx(WorkingDirectory, path, DoNotFollow, WantType, buffer) != 0
                ? null
                : *(ushort*)(buffer + ModeOffset) & TypeMask;
        }
        catch (EntryPointNotFoundException)
        {
            // An old or another C library: a file that is in the way stays there.
            return Path.Exists(path) ? 0 : null;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);
}

using System.Runtime.InteropServices;

namespace SelfProfiler.Session;

/// <summary>The calls of the C library that sessions and the pump use. A negative result is a failure, its number in <see cref="Error"/>. Linux.</summary>
/// <remarks>Blocking calls of the C library, never .NET sockets: a reader that needs the sockets engine or the thread pool
/// can wait for the runtime's EventPipe lock while the runtime waits for the reader.</remarks>
internal static unsafe partial class Posix
{
    public const short PollIn = 1;
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int AccessDenied = 13;
    public const int NoSuchFile = 2;
    public const int ConnectionRefused = 111;
    public const int SignalSetBytes = 128;

    private const int UnixFamily = 1;
    private const int StreamCloexec = 1 | 0x80000;
    private const int SocketLevel = 1;
    private const int ReceiveTimeout = 20;
    private const int SendTimeout = 21;
    private const int DontWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int WaitAll = 0x100;
    private const int EventCloexecNonblock = 0x80000 | 0x800;
    private const int MaxSocketPath = 107;
    private const int ReadWrite = 3;
    private const int PrivateAnonymousNoReserve = 0x2 | 0x20 | 0x4000;
    private const int SetMask = 2;

    public static int Error => Marshal.GetLastPInvokeError();

    public static int OpenSocket() => Socket(UnixFamily, StreamCloexec, 0);

    /// <summary>Bounds every later blocking connect, send and receive of the socket.</summary>
    public static void SetTimeouts(int descriptor, TimeSpan timeout)
    {
        long micros = Math.Max(1_000, (long)timeout.TotalMicroseconds);
        var value = new TimeValue { Seconds = micros / 1_000_000, Microseconds = micros % 1_000_000 };
        _ = SetSocketOption(descriptor, SocketLevel, ReceiveTimeout, &value, (uint)sizeof(TimeValue));
        _ = SetSocketOption(descriptor, SocketLevel, SendTimeout, &value, (uint)sizeof(TimeValue));
    }

    public static bool FitsSocketAddress(ReadOnlySpan<byte> path) => path.Length <= MaxSocketPath;

    public static int ConnectUnix(int descriptor, ReadOnlySpan<byte> path)
    {
        byte* address = stackalloc byte[2 + MaxSocketPath + 1];
        *(ushort*)address = UnixFamily;
        path.CopyTo(new Span<byte>(address + 2, MaxSocketPath));
        address[2 + path.Length] = 0;
        return Connect(descriptor, address, (uint)(2 + path.Length + 1));
    }

    public static nint Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            return Send(descriptor, start, bytes.Length, NoSignal);
        }
    }

    /// <summary>What is there, without waiting; 0 at the end of the stream.</summary>
    public static nint ReceiveNow(int descriptor, byte* buffer, nint length) => Receive(descriptor, buffer, length, DontWait);

    public static nint ReceiveNow(int descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return ReceiveNow(descriptor, start, buffer.Length);
        }
    }

    /// <summary>Waits inside the kernel until the buffer is full, the stream ends or the socket's timeout passes.</summary>
    public static nint ReceiveAll(int descriptor, byte* buffer, nint length) => Receive(descriptor, buffer, length, WaitAll);

    /// <summary>Ends both directions: whoever waits on either side returns.</summary>
    public static void Shutdown(int descriptor) => _ = Shutdown(descriptor, 2);

    public static int OpenEvent() => EventFd(0, EventCloexecNonblock);

    public static void SignalEvent(int descriptor)
    {
        ulong one = 1;
        _ = Write(descriptor, (byte*)&one, sizeof(ulong));
    }

    public static void ResetEvent(int descriptor)
    {
        ulong count;
        _ = Read(descriptor, (byte*)&count, sizeof(ulong));
    }

    /// <summary>Waits for one descriptor; true when it is readable or broken, false when the time has passed.</summary>
    public static bool WaitReadable(int descriptor, int milliseconds)
    {
        var entry = new PollEntry { Descriptor = descriptor, Events = PollIn };
        return Poll(&entry, 1, milliseconds) > 0;
    }

    /// <summary>Memory that costs nothing until it is written to; null when there is none.</summary>
    public static byte* Reserve(nint bytes)
    {
        byte* memory = Map(null, bytes, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        return (nint)memory == -1 ? null : memory;
    }

    public static void Release(byte* memory, nint bytes) => _ = Unmap(memory, bytes);

    /// <summary>Keeps signals away from the calling thread; <paramref name="before"/> (128 bytes) restores them.</summary>
    public static void BlockSignals(byte* before)
    {
        byte* all = stackalloc byte[SignalSetBytes];
        new Span<byte>(all, SignalSetBytes).Fill(0xFF);
        _ = SignalMask(SetMask, all, before);
    }

    public static void RestoreSignals(byte* before) => _ = SignalMask(SetMask, before, null);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int descriptor, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int descriptor, byte* bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int descriptor, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    private static partial int Shutdown(int descriptor, int how);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSocketOption(int descriptor, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* bytes, nint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, byte* bytes, nint length);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* Map(byte* address, nint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(byte* address, nint length);

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static partial int SignalMask(int how, byte* set, byte* before);

    internal struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    private struct TimeValue
    {
        public long Seconds;
        public long Microseconds;
    }
}

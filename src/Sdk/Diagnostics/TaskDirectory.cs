using System.Runtime.InteropServices;

namespace SelfProfiler.Diagnostics;

/// <summary>The directory <c>/proc/self/task</c>: lists the process's threads and reads their files without allocating. Pump only.</summary>
internal sealed class TaskDirectory : IDisposable
{
    /// <summary>About 330 threads for each call.</summary>
    private readonly byte[] _entries = new byte[8 * 1024];
    private readonly byte[] _path = new byte[32];
    private int _descriptor;

    private TaskDirectory(int descriptor) => _descriptor = descriptor;

    /// <summary>Null where the system has no such directory.</summary>
    public static TaskDirectory? TryOpen()
    {
        if (!Libc.CanListDirectories)
        {
            return null;
        }

        var descriptor = Libc.Open("/proc/self/task\0"u8);
        return descriptor < 0 ? null : new TaskDirectory(descriptor);
    }

    /// <summary>Lists the threads that live now.</summary>
    /// <param name="tids">Grown as needed.</param>
    /// <returns>How many; negative when the directory could not be read.</returns>
    public int List(ref int[] tids)
    {
        if (!Libc.Rewind(_descriptor))
        {
            return -1;
        }

        var count = 0;
        int length;
        while ((length = Libc.ReadDirectory(_descriptor, _entries)) > 0)
        {
            // struct linux_dirent64: inode 8 bytes, offset 8, record length 2, type 1, name.
            for (var rest = _entries.AsSpan(0, length); rest.Length > 19;)
            {
                var record = MemoryMarshal.Read<ushort>(rest[16..]);
                var tid = (int)ProcText.Number(rest[19..], out _);
                if (tid > 0)
                {
                    if (count == tids.Length)
                    {
                        Array.Resize(ref tids, count * 2);
                    }

                    tids[count++] = tid;
                }

                rest = rest[record..];
            }
        }

        return length < 0 ? -1 : count;
    }

    /// <summary>Opens a file of a thread.</summary>
    /// <returns>The descriptor; negative when there is none, which for a listed thread means that it has ended.</returns>
    public int OpenFile(int tid, ReadOnlySpan<byte> name)
    {
        tid.TryFormat(_path, out var length, default, null);
        _path[length++] = (byte)'/';
        name.CopyTo(_path.AsSpan(length));
        _path[length + name.Length] = 0;
        return Libc.OpenAt(_descriptor, _path);
    }

    /// <summary>Opens, reads and closes a file of a thread.</summary>
    public ReadOnlySpan<byte> ReadFile(int tid, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        var descriptor = OpenFile(tid, name);
        if (descriptor < 0)
        {
            return [];
        }

        var length = Libc.ReadFromStart(descriptor, buffer);
        _ = Libc.Close(descriptor);
        return buffer[..Math.Max(0, length)];
    }

    /// <summary>The thread did not exist any more at the last failed call.</summary>
    public static bool LastCallFoundNoThread() => Marshal.GetLastPInvokeError() is Libc.NoSuchProcess or Libc.NoSuchFile;

    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Libc.Close(_descriptor);
            _descriptor = -1;
        }
    }
}

namespace SelfProfiler.Kernel;

/// <summary>The ids of the process's threads, read from /proc/self/task without allocating. Pump only.</summary>
internal sealed unsafe class ThreadList(PerfAbi abi)
{
    // An entry of linux_dirent64: u64 inode, i64 offset, u16 length, u8 type, name ending with 0.
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    private readonly byte[] _buffer = new byte[8192];
    private int[] _threads = new int[64];
    private int _count;

    /// <summary>As of the last <see cref="Read"/>, in the order the kernel lists them: that of creation.</summary>
    public ReadOnlySpan<int> Threads => _threads.AsSpan(0, _count);

    /// <summary>The error number when it could not be read, else 0.</summary>
    public int Error { get; private set; }

    /// <returns>false when the directory cannot be read; the list is then empty.</returns>
    public bool Read()
    {
        _count = 0;
        int fd;
        fixed (byte* path = "/proc/self/task\0"u8)
        {
            fd = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec);
        }

        Error = fd < 0 ? System.Runtime.InteropServices.Marshal.GetLastPInvokeError() : 0;
        if (fd < 0)
        {
            return false;
        }

        int bytes;
        fixed (byte* p = _buffer)
        {
            while ((bytes = Libc.ReadDirectory(abi, fd, p, _buffer.Length)) > 0)
            {
                Take(_buffer.AsSpan(0, bytes));
            }
        }

        _ = Libc.Close(fd);
        return bytes == 0;
    }

    private void Take(ReadOnlySpan<byte> entries)
    {
        while (entries.Length > NameOffset)
        {
            int length = BitConverter.ToUInt16(entries[LengthOffset..]);
            if (length <= NameOffset || length > entries.Length)
            {
                return;
            }

            var id = 0;
            for (var i = NameOffset; i < length && entries[i] is >= (byte)'0' and <= (byte)'9'; i++)
            {
                id = (id * 10) + (entries[i] - '0');
            }

            if (id > 0)
            {
                if (_count == _threads.Length)
                {
                    Array.Resize(ref _threads, _count * 2);
                }

                _threads[_count++] = id;
            }

            entries = entries[length..];
        }
    }
}

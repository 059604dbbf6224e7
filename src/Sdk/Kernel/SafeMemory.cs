namespace SelfProfiler.Kernel;

/// <summary>Reads memory of this process that may be gone: the kernel copies it through a pipe and answers EFAULT where a load would kill the process. Pump only.</summary>
/// <remarks>A pipe rather than process_vm_readv: seccomp filters that refuse or punish that call are common, none refuses write and read.</remarks>
internal sealed unsafe class SafeMemory : IDisposable
{
    /// <summary>At most two pages are touched, and the pipe never fills.</summary>
    public const int MaxLength = 1024;

    private int _in = -1;
    private int _out = -1;
    private bool _refused;

    /// <returns>Bytes read from the beginning of <paramref name="buffer"/>: fewer where the memory ends, 0 where there is none.</returns>
    public int Read(ulong address, Span<byte> buffer)
    {
        if (buffer.Length > MaxLength || !Open())
        {
            return 0;
        }

        // A write that meets unmapped memory fails as a whole: page by page the part that is there arrives.
        var toPageEnd = Libc.PageSize - (int)(address % (ulong)Libc.PageSize);
        if (buffer.Length <= toPageEnd)
        {
            return ReadInPage(address, buffer);
        }

        var first = ReadInPage(address, buffer[..toPageEnd]);
        return first < toPageEnd ? first : first + ReadInPage(address + (ulong)toPageEnd, buffer[toPageEnd..]);
    }

    private int ReadInPage(ulong address, Span<byte> buffer)
    {
        var written = Libc.Write(_in, (nint)address, (nuint)buffer.Length);
        fixed (byte* p = buffer)
        {
            // A write that failed leaves an empty buffer behind, of which a pipe has 16: reading takes that away too.
            var got = _out >= 0 ? Libc.Read(_out, p, (nuint)buffer.Length) : -1;
            if (written > 0 && got != written)
            {
                // What is left in the pipe would be taken for the next answer.
                Dispose();
                return 0;
            }

            return (int)Math.Max(0, written);
        }
    }

    public void Dispose()
    {
        if (_in >= 0)
        {
            _ = Libc.Close(_in);
            _ = Libc.Close(_out);
            _in = _out = -1;
        }
    }

    private bool Open()
    {
        if (_in >= 0)
        {
            return true;
        }

        var ends = stackalloc int[2];
        if (_refused || Libc.Pipe(ends, Libc.CloseOnExec | Libc.NonBlocking) != 0)
        {
            _refused = true;
            return false;
        }

        (_out, _in) = (ends[0], ends[1]);
        return true;
    }
}

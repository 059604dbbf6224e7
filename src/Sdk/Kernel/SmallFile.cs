namespace SelfProfiler.Kernel;

/// <summary>Reads small files of /proc and /sys by plain system calls, for the pump: no FileStream, no ArrayPool, no allocation.</summary>
internal static unsafe class SmallFile
{
    /// <param name="path">Ends with a zero byte.</param>
    /// <param name="buffer">Takes as much as fits.</param>
    /// <returns>Bytes read, or minus the error number.</returns>
    public static int Read(ReadOnlySpan<byte> path, Span<byte> buffer)
    {
        int fd;
        fixed (byte* p = path)
        {
            fd = Libc.Open(p, Libc.ReadOnly | Libc.CloseOnExec);
        }

        if (fd < 0)
        {
            return -System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        }

        var total = 0;
        fixed (byte* p = buffer)
        {
            while (total < buffer.Length)
            {
                var got = Libc.Read(fd, p + total, (nuint)(buffer.Length - total));
                if (got <= 0)
                {
                    break;
                }

                total += (int)got;
            }
        }

        _ = Libc.Close(fd);
        return total;
    }
}

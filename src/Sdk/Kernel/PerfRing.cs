using System.Numerics;

namespace SelfProfiler.Kernel;

/// <summary>A ring that the kernel fills with records and the pump empties. Pump only.</summary>
internal sealed unsafe class PerfRing : IDisposable
{
    // Offsets of struct perf_event_mmap_page.
    private const int DataHead = 1024;
    private const int DataTail = 1032;

    private readonly byte* _page;
    private readonly byte* _data;
    private readonly ulong _size;
    private readonly nuint _mapped;

    // Counters of bytes since the beginning: they never wrap.
    private ulong _head;
    private ulong _position;
    private bool _disposed;

    private PerfRing(nint address, int fd, int pages, int pageSize)
    {
        Descriptor = fd;
        _page = (byte*)address;
        _data = _page + pageSize;
        _size = (ulong)pages * (ulong)pageSize;
        _mapped = (nuint)((pages + 1) * pageSize);
    }

    public int Descriptor { get; }

    /// <summary>Bytes for records.</summary>
    public int DataBytes => (int)_size;

    public long MappedBytes => (long)_mapped;

    /// <param name="fd">Owned by the ring once this returns one.</param>
    /// <param name="pages">A power of two.</param>
    /// <param name="error">The error number when it cannot be mapped: EPERM means the limit of locked memory.</param>
    public static PerfRing? Map(int fd, int pages, out int error)
    {
        var address = Libc.Map(0, (nuint)((pages + 1) * Libc.PageSize), Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, fd, 0);
        if (address == -1)
        {
            error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
            return null;
        }

        error = 0;
        return new PerfRing(address, fd, pages, Libc.PageSize);
    }

    /// <summary>Starts a pass over what is there now; what arrives later waits for the next one.</summary>
    public void Begin()
    {
        _head = Volatile.Read(ref *(ulong*)(_page + DataHead));
        _position = *(ulong*)(_page + DataTail);
    }

    /// <summary>The next record of this process. Samples of others are passed over: their registers and stacks are neither copied nor looked at.</summary>
    /// <param name="process">Whose samples are wanted.</param>
    /// <param name="scratch">Takes records that wrap around the end, and grows to the longest of them; others are read in place.</param>
    /// <param name="foreign">Counts the samples passed over.</param>
    /// <param name="record">With its header; valid until <see cref="End"/>.</param>
    /// <returns>false at the end of the pass.</returns>
    public bool TryRead(int process, ref byte[] scratch, ref long foreign, out ReadOnlySpan<byte> record)
    {
        while (TryRead(process, ref scratch, out record, out var skipped))
        {
            if (!skipped)
            {
                return true;
            }

            foreign++;
        }

        return false;
    }

    private bool TryRead(int process, ref byte[] scratch, out ReadOnlySpan<byte> record, out bool skipped)
    {
        record = default;
        skipped = false;
        var available = _head - _position;
        if (available < PerfRecord.HeaderBytes)
        {
            return false;
        }

        // Records are multiples of 8 bytes: a header never wraps.
        var at = _position & (_size - 1);
        uint length = *(ushort*)(_data + at + 6);
        if (length < PerfRecord.HeaderBytes || length > available)
        {
            // Cannot happen with a kernel that keeps its word; give the rest of the pass up rather than read wild.
            _position = _head;
            return false;
        }

        if (*(uint*)(_data + at) == PerfRecord.Sample
            && length >= PerfRecord.ProcessOffset + 8
            && *(int*)(_data + ((at + PerfRecord.ProcessOffset) & (_size - 1))) != process)
        {
            _position += length;
            skipped = true;
            return true;
        }

        var first = (int)Math.Min(length, _size - at);
        if (first == length)
        {
            record = new ReadOnlySpan<byte>(_data + at, first);
        }
        else
        {
            if (scratch.Length < length)
            {
                scratch = new byte[BitOperations.RoundUpToPowerOf2(length)];
            }

            new ReadOnlySpan<byte>(_data + at, first).CopyTo(scratch);
            new ReadOnlySpan<byte>(_data, (int)length - first).CopyTo(scratch.AsSpan(first));
            record = scratch.AsSpan(0, (int)length);
        }

        _position += length;
        return true;
    }

    /// <summary>Gives the space of the records read back to the kernel.</summary>
    public void End() => Volatile.Write(ref *(ulong*)(_page + DataTail), _position);

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _ = Libc.Unmap((nint)_page, _mapped);
        _ = Libc.Close(Descriptor);
    }
}

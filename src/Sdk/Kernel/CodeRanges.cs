using System.Diagnostics;

namespace SelfProfiler.Kernel;

/// <summary>Which addresses are mapped executable: tells code from data among the words of a stack. Pump only; read from /proc/self/maps seldom.</summary>
internal sealed class CodeRanges
{
    private const long RefreshAtMostEvery = 5_000_000_000;
    private const int MaxRanges = 16_384;

    /// <summary>A power of two.</summary>
    private const int RecentPages = 1024;

    private const int PageBits = 12;

    /// <summary>Pages asked about lately: the number of the page, and in its lowest bit the answer. The words of a stack point to the same few pages again and again.</summary>
    private readonly ulong[] _recent = new ulong[RecentPages];
    private readonly byte[] _buffer = new byte[8 << 10];
    private ulong[] _starts = new ulong[256];
    private ulong[] _ends = new ulong[256];
    private int _count;
    private long _nextRefresh;

    public bool Contains(ulong address)
    {
        if (_count == 0)
        {
            Refresh();
        }

        var page = address >> PageBits;
        ref var recent = ref _recent[(page ^ (page >> 10)) & (RecentPages - 1)];
        if (recent >> 1 != page)
        {
            recent = (page << 1) | (IsMapped(address) ? 1UL : 0);
        }

        return (recent & 1) != 0;
    }

    /// <summary>Reads the mappings again, unless that was done a moment ago.</summary>
    public unsafe void Refresh()
    {
        var now = Stopwatch.GetTimestamp();
        if (now < _nextRefresh)
        {
            return;
        }

        int fd;
        fixed (byte* path = "/proc/self/maps\0"u8)
        {
            fd = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec);
        }

        _nextRefresh = now + RefreshAtMostEvery;
        if (fd < 0)
        {
            return;
        }

        _count = 0;
        Array.Clear(_recent);
        var kept = 0;
        fixed (byte* p = _buffer)
        {
            nint got;
            while ((got = Libc.Read(fd, p + kept, (nuint)(_buffer.Length - kept))) > 0)
            {
                var text = _buffer.AsSpan(0, kept + (int)got);
                var used = TakeLines(text);
                kept = text.Length - used;

                // A line longer than the buffer cannot be (a path has 4,096 bytes); dropping it is safe all the same.
                kept = kept == _buffer.Length ? 0 : kept;
                text.Slice(used, kept).CopyTo(_buffer);
            }
        }

        _ = Libc.Close(fd);
        _nextRefresh = Math.Max(_nextRefresh, now + ((Stopwatch.GetTimestamp() - now) * 1000));
    }

    private bool IsMapped(ulong address)
    {
        var at = Array.BinarySearch(_starts, 0, _count, address);
        at = at >= 0 ? at : ~at - 1;
        return at >= 0 && address < _ends[at];
    }

    private int TakeLines(ReadOnlySpan<byte> text)
    {
        var used = 0;
        int end;
        while ((end = text[used..].IndexOf((byte)'\n')) >= 0)
        {
            if (MapsLine.TryParse(text.Slice(used, end), out var line) && line.Executable && _count < MaxRanges)
            {
                Add(line.Start, line.End);
            }

            used += end + 1;
        }

        return used;
    }

    private void Add(ulong start, ulong end)
    {
        if (_count == _starts.Length)
        {
            Array.Resize(ref _starts, _count * 2);
            Array.Resize(ref _ends, _count * 2);
        }

        _starts[_count] = start;
        _ends[_count++] = end;
    }
}

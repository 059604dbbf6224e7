using System.Globalization;

namespace SelfProfiler.Kernel;

/// <summary>Which CPUs the threads of this process may run on: the host's, not the quota that <see cref="Environment.ProcessorCount"/> follows.</summary>
internal static unsafe class CpuSet
{
    /// <summary>Linux allows 8,192 CPUs at most (CONFIG_NR_CPUS).</summary>
    private const int MaskBytes = 1024;

    /// <summary>The CPUs in use now, rising; empty when the file cannot be read.</summary>
    public static int[] Online()
    {
        Span<byte> text = stackalloc byte[4096];
        var length = SmallFile.Read("/sys/devices/system/cpu/online\0"u8, text);
        return length > 0 ? Parse(text[..length]) : [];
    }

    /// <summary>The online CPUs that at least one of <paramref name="threads"/> may run on.</summary>
    public static int[] For(ReadOnlySpan<int> threads)
    {
        var online = Online();
        Span<byte> allowed = stackalloc byte[MaskBytes];
        Span<byte> mask = stackalloc byte[MaskBytes];
        allowed.Clear();
        foreach (var thread in threads)
        {
            fixed (byte* p = mask)
            {
                // A thread that has ended meanwhile has no mask.
                var bytes = Libc.GetAffinity(thread, MaskBytes, p);
                if (bytes < 0)
                {
                    continue;
                }
            }

            for (var i = 0; i < MaskBytes; i++)
            {
                allowed[i] |= mask[i];
            }

            mask.Clear();
        }

        var result = new List<int>();
        foreach (var cpu in online)
        {
            if (cpu < MaskBytes * 8 && (allowed[cpu >> 3] & (1 << (cpu & 7))) != 0)
            {
                result.Add(cpu);
            }
        }

        return [.. result];
    }

    /// <summary>Reads the kernel's list form, for example <c>0-3,8,10-11</c>.</summary>
    internal static int[] Parse(ReadOnlySpan<byte> list)
    {
        var result = new List<int>();
        foreach (var range in list.Split((byte)','))
        {
            var part = list[range].Trim("\n \0"u8);
            var dash = part.IndexOf((byte)'-');
            var first = Number(dash < 0 ? part : part[..dash]);
            var last = dash < 0 ? first : Number(part[(dash + 1)..]);
            for (var cpu = first; cpu >= 0 && cpu <= last && cpu < MaskBytes * 8; cpu++)
            {
                result.Add(cpu);
            }
        }

        return [.. result];
    }

    private static int Number(ReadOnlySpan<byte> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1;
}

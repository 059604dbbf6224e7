using System.Runtime.InteropServices;

namespace SelfProfiler.Kernel;

/// <summary><c>struct perf_event_attr</c> up to version 5 (112 bytes): the smallest that has all we set.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeOf)]
internal struct PerfEventAttr
{
    public const int SizeOf = 112;

    public const uint TypeSoftware = 1;
    public const ulong CpuClock = 0;
    public const ulong Dummy = 9;

    public const ulong SampleIp = 1 << 0;
    public const ulong SampleThread = 1 << 1;
    public const ulong SampleTime = 1 << 2;
    public const ulong SampleCallchain = 1 << 5;
    public const ulong SampleId = 1 << 6;
    public const ulong SampleUserRegisters = 1 << 12;
    public const ulong SampleUserStack = 1 << 13;

    public const ulong Disabled = 1UL << 0;
    public const ulong Inherit = 1UL << 1;
    public const ulong ExcludeKernel = 1UL << 5;
    public const ulong ExcludeHypervisor = 1UL << 6;
    public const ulong ExcludeIdle = 1UL << 7;
    public const ulong Task = 1UL << 13;
    public const ulong Watermark = 1UL << 14;
    public const ulong SampleIdAll = 1UL << 18;
    public const ulong ExcludeKernelCallchain = 1UL << 21;
    public const ulong UseClockId = 1UL << 25;
    public const ulong InheritThread = 1UL << 35;

    private const int ClockMonotonic = 1;

    [FieldOffset(0)]
    public uint Type;

    [FieldOffset(4)]
    public uint Size;

    [FieldOffset(8)]
    public ulong Config;

    [FieldOffset(16)]
    public ulong SamplePeriod;

    [FieldOffset(24)]
    public ulong SampleType;

    [FieldOffset(40)]
    public ulong Flags;

    [FieldOffset(48)]
    public uint WakeupWatermark;

    [FieldOffset(80)]
    public ulong SampleRegsUser;

    [FieldOffset(88)]
    public uint SampleStackUser;

    [FieldOffset(92)]
    public int ClockId;

    /// <summary>The event that owns a ring: it never samples, and lives as long as the thread it is opened on.</summary>
    public static PerfEventAttr RingOwner(uint watermark) => new()
    {
        Type = TypeSoftware,
        Size = SizeOf,
        Config = Dummy,
        SampleType = SampleThread | SampleTime,
        Flags = Disabled | ExcludeKernel | ExcludeHypervisor | Watermark | SampleIdAll | UseClockId,
        WakeupWatermark = watermark,
        ClockId = ClockMonotonic,
    };

    /// <summary>The event that samples, running as soon as it is opened. <paramref name="stackBytes"/> 0 leaves the copied stack out, which turns its repair off.</summary>
    public static PerfEventAttr Sampling(PerfAbi abi, long periodNanoseconds, bool inherit, bool kernelTime, bool kernelFrames, int stackBytes, uint watermark)
    {
        // Without inheritance new threads have to be found: the records of clone and exit (Task) tell when to look.
        var attr = new PerfEventAttr
        {
            Type = TypeSoftware,
            Size = SizeOf,
            Config = CpuClock,
            SamplePeriod = (ulong)periodNanoseconds,
            SampleType = SampleIp | SampleThread | SampleTime | SampleCallchain | SampleId | SampleUserRegisters,
            Flags = ExcludeHypervisor | ExcludeIdle | Watermark | SampleIdAll | UseClockId,
            WakeupWatermark = watermark,
            SampleRegsUser = abi.UserRegisters,
            SampleStackUser = (uint)stackBytes,
            ClockId = ClockMonotonic,
        };
        attr.Flags |= inherit ? Inherit | InheritThread : Task;
        attr.Flags |= kernelTime ? 0 : ExcludeKernel;
        attr.Flags |= kernelFrames ? 0 : ExcludeKernelCallchain;
        attr.SampleType |= stackBytes > 0 ? SampleUserStack : 0;
        return attr;
    }
}

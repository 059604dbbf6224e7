using System.Globalization;
using System.Runtime.InteropServices;

namespace SelfProfiler.Kernel;

/// <summary>Finds out, once and without harm, whether the kernel lets this process sample itself.</summary>
internal static class PerfProbe
{
    /// <summary>Kept: events are opened anew at every boost and every turn in the fleet, and what was permitted mostly stays so.</summary>
    private static volatile PerfRights? _granted;

    /// <param name="insist">The user asked for the kernel source by name: try even where systemd's filters are likely to kill.</param>
    /// <param name="reason">When it does not: what to do about it.</param>
    /// <param name="passing">It does not now, for want of memory or descriptors, and may later; nothing forbids it.</param>
    public static PerfRights? Run(bool insist, out string? reason, out bool passing)
    {
        passing = false;
        if (_granted is { } granted)
        {
            reason = null;
            return granted;
        }

        if (!OperatingSystem.IsLinux())
        {
            reason = "CPU samples from the kernel need Linux.";
            return null;
        }

        if (PerfAbi.Current is not { } abi)
        {
            reason = "CPU samples from the kernel are not implemented for " + RuntimeInformation.ProcessArchitecture.ToString() + "; x64 and arm64 are.";
            return null;
        }

        var sandbox = Sandbox.Read();
        if (sandbox.Error is Libc.EMFILE or Libc.ENFILE)
        {
            reason = ReasonFor(sandbox.Error, sandbox);
            passing = true;
            return null;
        }

        reason = sandbox.ReasonNotToCall(insist, () => SeccompTrial.Once(abi));
        return reason is null ? _granted = Call(abi, sandbox, out reason, out passing) : null;
    }

    /// <summary>Events could not be opened: a process that has given up capabilities has fewer rights than it was told. The next one to ask asks the kernel.</summary>
    public static void Forget() => _granted = null;

    private static PerfRights? Call(PerfAbi abi, Sandbox sandbox, out string? reason, out bool passing)
    {
        const long period = KernelSamplerSettings.DefaultPeriod; // a fixed one is never refused for its length
        const int ThisThread = 0;
        const int AnyCpu = -1;
        var inherit = true;
        var error = Open(abi, PerfEventAttr.Sampling(abi, period, inherit: true, kernelTime: false, kernelFrames: false, stackBytes: 512, watermark: 4096), ThisThread, AnyCpu);
        if (error == Libc.EINVAL)
        {
            inherit = false;
            error = Open(abi, PerfEventAttr.Sampling(abi, period, inherit: false, kernelTime: false, kernelFrames: false, stackBytes: 512, watermark: 4096), ThisThread, AnyCpu);
        }

        passing = error is Libc.EMFILE or Libc.ENFILE or Libc.ENOMEM;
        if (error != 0)
        {
            reason = ReasonFor(error, sandbox);
            return null;
        }

        var withKernel = PerfEventAttr.Sampling(abi, period, inherit: false, kernelTime: true, kernelFrames: true, stackBytes: 0, watermark: 4096);
        var kernel = Open(abi, withKernel, ThisThread, AnyCpu) == 0;
        var cpus = CpuSet.Online();
        var everywhere = Open(abi, withKernel with { Flags = withKernel.Flags | PerfEventAttr.ExcludeKernel }, thread: -1, cpus.Length > 0 ? cpus[0] : 0) == 0;
        reason = null;
        return new PerfRights(kernel, everywhere, inherit);
    }

    /// <returns>0 when the event could be opened; it is closed again. Otherwise the error number.</returns>
    private static int Open(PerfAbi abi, in PerfEventAttr attr, int thread, int cpu)
    {
        var fd = Libc.PerfEventOpen(abi, attr, thread, cpu);
        if (fd < 0)
        {
            return -fd;
        }

        _ = Libc.Close(fd);
        return 0;
    }

    internal static string ReasonFor(int error, Sandbox sandbox) => error switch
    {
        Libc.EPERM when sandbox.Filtered =>
            "A seccomp filter refuses perf_event_open (EPERM). Docker: --cap-add PERFMON, or a seccomp profile that allows it. Kubernetes: securityContext.capabilities.add [PERFMON], or a Localhost profile that allows it.",
        Libc.EPERM =>
            "The kernel refuses perf_event_open (EPERM). Give the process CAP_PERFMON.",
        Libc.EACCES when sandbox.Paranoid > 2 =>
            "kernel.perf_event_paranoid is " + Text(sandbox.Paranoid) + ", which refuses perf_event_open (EACCES). Run 'sysctl kernel.perf_event_paranoid=2' on the host, or give the process CAP_PERFMON.",
        Libc.EACCES =>
            "A security module refuses perf_event_open (EACCES). Allow perf_event for the process in SELinux or AppArmor, or give it CAP_PERFMON.",
        Libc.ENOSYS =>
            "This kernel or sandbox has no perf_event_open (ENOSYS), as gVisor and some seccomp filters: run the process outside of it, or allow the call in its profile.",
        Libc.EMFILE or Libc.ENFILE =>
            "No file descriptors are left for perf events. Raise LimitNOFILE or 'ulimit -n'.",
        Libc.ENOMEM =>
            "The kernel has no memory for perf events (ENOMEM).",
        Libc.ENOENT or Libc.ENODEV or Libc.EOPNOTSUPP =>
            "This kernel has no software CPU clock for perf events (error " + Text(error) + "). A kernel with CONFIG_PERF_EVENTS is needed.",
        _ =>
            "perf_event_open failed with error " + Text(error) + ".",
    };

    // Not interpolation: that rents from the array pool, which the pump must not touch.
    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

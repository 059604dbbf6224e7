using System.Globalization;

namespace SelfProfiler.Diagnostics;

/// <summary>What a container may use.</summary>
/// <param name="Cpus">CPU quota in processors; null: none.</param>
/// <param name="MemoryBytes">Memory limit; null: none.</param>
internal readonly record struct CgroupLimits(double? Cpus, long? MemoryBytes)
{
    /// <summary>The stricter of the two in each respect: limits hold along the whole path of a group.</summary>
    public CgroupLimits And(CgroupLimits other) =>
        new(Smaller(Cpus, other.Cpus), Smaller(MemoryBytes, other.MemoryBytes));

    private static T? Smaller<T>(T? left, T? right)
        where T : struct, IComparable<T> =>
        left is null ? right : right is null || left.Value.CompareTo(right.Value) < 0 ? left : right;
}

/// <summary>Reads CPU quota and memory limit of control groups, version 1 and 2. Whatever is missing or unreadable is no limit. Allocates and reads files: not for the pump.</summary>
internal static class Cgroup
{
    /// <summary>Version 1 says "none" with a number near the largest.</summary>
    private const long NoLimit = 1L << 60;

    /// <param name="root">Where <c>/</c> is; another directory in tests.</param>
    public static CgroupLimits Read(string root = "/")
    {
        var limits = default(CgroupLimits);
        var mounts = CgroupMount.ReadAll(Text(root, "proc/self/mountinfo"));
        foreach (var line in Text(root, "proc/self/cgroup").Split('\n'))
        {
            // number:controllers:path, without controllers in version 2
            if (line.Split(':', 3) is [_, var controllers, var path])
            {
                var names = controllers.Split(',');
                foreach (var mount in mounts)
                {
                    if (mount.Carries(names))
                    {
                        limits = limits.And(Along(root, mount, path, names));
                    }
                }
            }
        }

        return limits;
    }

    private static CgroupLimits Along(string root, CgroupMount mount, string path, string[] controllers)
    {
        var limits = default(CgroupLimits);
        for (var group = mount.Relative(path); ; group = group[..Math.Max(0, group.LastIndexOf('/'))])
        {
            var directory = mount.Point + group + "/";
            limits = limits.And(mount.Version2 ? Version2(root, directory) : Version1(root, directory, controllers));
            if (group.Length == 0)
            {
                return limits;
            }
        }
    }

    private static CgroupLimits Version2(string root, string directory)
    {
        double? cpus = null;
        if (Text(root, directory + "cpu.max").Split(' ') is [var quota, var period] && Number(quota) is { } microseconds && Number(period) is > 0 and { } of)
        {
            cpus = (double)microseconds / of;
        }

        return new CgroupLimits(cpus, Number(Text(root, directory + "memory.max")));
    }

    private static CgroupLimits Version1(string root, string directory, string[] controllers)
    {
        double? cpus = null;
        long? memory = null;
        if (controllers.Contains("cpu")
            && Number(Text(root, directory + "cpu.cfs_quota_us")) is > 0 and { } quota
            && Number(Text(root, directory + "cpu.cfs_period_us")) is > 0 and { } period)
        {
            cpus = (double)quota / period;
        }

        if (controllers.Contains("memory") && Number(Text(root, directory + "memory.limit_in_bytes")) is { } limit and > 0 and < NoLimit)
        {
            memory = limit;
        }

        return new CgroupLimits(cpus, memory);
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string Text(string root, string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path.TrimStart('/'))).TrimEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            // Not there, not allowed, a path that cannot be: no limit that we could know of.
            return "";
        }
    }
}

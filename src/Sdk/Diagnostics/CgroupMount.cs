namespace SelfProfiler.Diagnostics;

/// <summary>A mounted hierarchy of control groups, from a line of <c>/proc/self/mountinfo</c>.</summary>
/// <param name="Version2">The unified hierarchy.</param>
/// <param name="Root">The group that is visible at <paramref name="Point"/>: a container sees its own group as the root.</param>
/// <param name="Point">Where it is mounted.</param>
/// <param name="Controllers">Version 1: what it controls.</param>
internal sealed record CgroupMount(bool Version2, string Root, string Point, string[] Controllers)
{
    public static List<CgroupMount> ReadAll(string mountinfo)
    {
        var mounts = new List<CgroupMount>();
        foreach (var line in mountinfo.Split('\n'))
        {
            // id parent device root point options [optional fields] - type source options
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (dash >= 0 && fields.Length > dash + 3 && fields[dash + 1] is "cgroup" or "cgroup2")
            {
                mounts.Add(new CgroupMount(fields[dash + 1] == "cgroup2", Plain(fields[3]), Plain(fields[4]), fields[dash + 3].Split(',')));
            }
        }

        return mounts;
    }

    /// <summary>This is the hierarchy of these controllers.</summary>
    public bool Carries(string[] controllers) =>
        Version2 ? controllers is [""] : Array.Exists(controllers, name => name.Length > 0 && Controllers.Contains(name));

    /// <summary>The group's path below <see cref="Point"/>, empty for the root itself.</summary>
    public string Relative(string group)
    {
        var path = group.TrimEnd('/');
        if (Root == "/")
        {
            // A path outside of what is visible begins with /.. in a namespace of its own.
            return path.StartsWith("/..", StringComparison.Ordinal) ? "" : path;
        }

        return path.StartsWith(Root, StringComparison.Ordinal) && (path.Length == Root.Length || path[Root.Length] == '/') ? path[Root.Length..] : "";
    }

    /// <summary>Spaces and the like are written as octal numbers.</summary>
    private static string Plain(string field) =>
        field.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
}

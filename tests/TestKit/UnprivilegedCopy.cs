namespace SelfProfiler.TestKit;

/// <summary>A program for a user without privileges: where the clone lies he may often not read, so he gets a copy. Of whoever is unprivileged already it is the program itself.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class UnprivilegedCopy : IDisposable
{
    private const UnixFileMode MayRead = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode MayOpen = MayRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private readonly DirectoryInfo? _copy;

    /// <param name="folder">Everything the program needs.</param>
    /// <param name="user">His number. Locked memory is counted by user: who uses it up must not be who tests something else.</param>
    public UnprivilegedCopy(string folder, int user)
    {
        Folder = folder;
        if (Environment.UserName != "root")
        {
            return;
        }

        Prefix = ["setpriv", "--reuid", $"{user}", "--regid", $"{user}", "--clear-groups"];
        _copy = Directory.CreateTempSubdirectory("selfprofiler-unprivileged-");
        Folder = _copy.FullName;
        Copy(new DirectoryInfo(folder), _copy);
    }

    /// <summary>Where he finds it.</summary>
    public string Folder { get; }

    /// <summary>What his commands begin with.</summary>
    public string[] Prefix { get; } = [];

    public void Dispose() => _copy?.Delete(recursive: true);

    private static void Copy(DirectoryInfo from, DirectoryInfo to)
    {
        foreach (var file in from.GetFiles())
        {
            File.SetUnixFileMode(file.CopyTo(Path.Combine(to.FullName, file.Name)).FullName, MayRead);
        }

        foreach (var folder in from.GetDirectories())
        {
            Copy(folder, to.CreateSubdirectory(folder.Name));
        }

        File.SetUnixFileMode(to.FullName, MayOpen);
    }
}

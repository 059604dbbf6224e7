using System.Globalization;

namespace SelfProfiler.Exporter.Push;

/// <summary>The directory of a spool: one process at a time owns it, and takes over what others left.</summary>
internal sealed class SpoolFolder : IDisposable
{
    public const string SendingSuffix = ".sending";

    private const string PushSuffix = ".push";
    private const string LockName = "lock";
    private const string UnfinishedName = "unfinished.tmp";

    // An old and a new process overlap during a deployment; more than a few are several services with one directory.
    private const int MostFolders = 16;

    // Names stay unique when the folders of several processes become one; in containers all have the same process id.
    private readonly string _run = Guid.NewGuid().ToString("n")[..8];
    private readonly FileStream _lock;
    private long _number;

    private SpoolFolder(string path, FileStream owned)
    {
        Path = path;
        _lock = owned;
    }

    public string Path { get; }

    /// <summary>Pushes that were being sent when their process died: the server may have them, so they are gone.</summary>
    public int Ambiguous { get; private set; }

    /// <summary>Takes <paramref name="path"/>, or <c>path.2</c> and so on while other processes have those before.</summary>
    public static SpoolFolder Open(string path)
    {
        IOException? last = null;
        for (var i = 1; i <= MostFolders; i++)
        {
            var candidate = i == 1 ? path : string.Create(CultureInfo.InvariantCulture, $"{path}.{i}");
            try
            {
                Directory.CreateDirectory(candidate);
                var folder = new SpoolFolder(candidate, Lock(candidate));
                folder.TakeOver(path);
                return folder;
            }
            catch (IOException exception)
            {
                last = exception;
            }
        }

        throw last!;
    }

    /// <summary>What waits, oldest first.</summary>
    public List<SpoolEntry> List()
    {
        var entries = new List<SpoolEntry>();
        foreach (var file in new DirectoryInfo(Path).EnumerateFiles())
        {
            if (file.Name.EndsWith(PushSuffix + SendingSuffix, StringComparison.Ordinal))
            {
                Ambiguous++;
                file.Delete();
            }
            else if (file.Name.EndsWith(PushSuffix, StringComparison.Ordinal))
            {
                entries.Add(new SpoolEntry(file.FullName, file.Length, BegunOf(file), 0));
            }
            else if (file.Name == UnfinishedName)
            {
                file.Delete(); // half written; all else is somebody else's
            }
        }

        entries.Sort((a, b) => string.CompareOrdinal(a.File, b.File));
        return [.. entries.Select(entry => new SpoolEntry(entry.File, entry.Bytes, entry.Begun, ++_number))];
    }

    /// <summary>Writes under another name first: a file that has its name is whole.</summary>
    public SpoolEntry Write(byte[] file, DateTimeOffset begun)
    {
        var number = ++_number;
        var path = System.IO.Path.Combine(Path, string.Create(
            CultureInfo.InvariantCulture, $"{begun.UtcTicks:d19}-{number:d9}-{_run}{PushSuffix}"));
        var unfinished = System.IO.Path.Combine(Path, UnfinishedName);
        try
        {
            File.WriteAllBytes(unfinished, file);
            File.Move(unfinished, path);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }

        return new SpoolEntry(path, file.Length, begun, number);
    }

    public void Dispose() => _lock.Dispose();

    // The system gives the lock up when the process ends, however it ends.
    private static FileStream Lock(string folder) =>
        new(System.IO.Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private void TakeOver(string first)
    {
        for (var i = 1; i <= MostFolders; i++)
        {
            var other = i == 1 ? first : string.Create(CultureInfo.InvariantCulture, $"{first}.{i}");
            if (other == Path || !Directory.Exists(other))
            {
                continue;
            }

            try
            {
                using var owned = Lock(other);
                foreach (var file in Directory.EnumerateFiles(other, "*" + PushSuffix + "*"))
                {
                    File.Move(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
                }
            }
            catch (IOException)
            {
                // Its process lives and sends them itself.
            }
        }
    }

    private static DateTimeOffset BegunOf(FileInfo file) =>
        long.TryParse(file.Name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : file.LastWriteTimeUtc;
}

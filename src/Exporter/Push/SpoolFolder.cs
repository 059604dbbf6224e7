using System.Globalization;
using System.Text.RegularExpressions;

namespace SelfProfiler.Exporter.Push;

/// <summary>The directory of a spool: one process at a time owns it, and takes over what others left.</summary>
internal sealed partial class SpoolFolder : IDisposable
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
            SpoolFolder folder;
            try
            {
                Directory.CreateDirectory(candidate);
                folder = new SpoolFolder(candidate, Lock(candidate));
            }
            catch (IOException exception)
            {
                last = exception;
                continue;
            }

            folder.TakeOver(path);
            return folder;
        }

        throw last!;
    }

    /// <summary>What waits, oldest first.</summary>
    public List<SpoolEntry> List()
    {
        var entries = new List<SpoolEntry>();
        File.Delete(System.IO.Path.Combine(Path, UnfinishedName)); // half written
        foreach (var file in Pushes(Path))
        {
            if (file.Name.EndsWith(SendingSuffix, StringComparison.Ordinal))
            {
                Ambiguous++;
                file.Delete();
            }
            else
            {
                entries.Add(new SpoolEntry(file.FullName, file.Length, BegunOf(file), 0));
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
                // Not even a lock is left where nothing of ours lies.
                if (Pushes(other).Any())
                {
                    using var owned = Lock(other);
                    foreach (var file in Pushes(other))
                    {
                        file.MoveTo(System.IO.Path.Combine(Path, file.Name));
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Its process lives and sends them itself, or it is not ours.
            }
        }
    }

    // The directory may be somebody else's as well, the server's own for one: the whole name has to be as Write makes it.
    private static IEnumerable<FileInfo> Pushes(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles().Where(file => PushName().IsMatch(file.Name));

    [GeneratedRegex(@"\A[0-9]{19}-[0-9]{9,}-[0-9a-f]{8}\.push(\.sending)?\z")]
    private static partial Regex PushName();

    private static DateTimeOffset BegunOf(FileInfo file) =>
        long.TryParse(file.Name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : file.LastWriteTimeUtc;
}

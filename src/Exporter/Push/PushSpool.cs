using System.Diagnostics.CodeAnalysis;

namespace SelfProfiler.Exporter.Push;

/// <summary>Pushes that wait on disk until the server has them: bounded by size and age, the oldest dropped first, each sent at most once.</summary>
internal sealed class PushSpool : IDisposable
{
    private const int MostAttempts = 25;

    private readonly long _maxBytes;
    private readonly TimeSpan _maxAge;
    private readonly TimeProvider _time;
    private readonly string _path;

    // Guarded by _gate: the destination's worker adds and sends, whoever shows the status counts.
    private readonly Lock _gate = new();
    private List<SpoolEntry> _entries = [];
    private SpoolFolder? _folder;
    private long _bytes;
    private long _dropped;

    public PushSpool(string path, long maxBytes, TimeSpan maxAge, TimeProvider time)
    {
        _path = path;
        _maxBytes = maxBytes;
        _maxAge = maxAge;
        _time = time;
        TryOpenFolder();
    }

    public ExporterBacklog Backlog
    {
        get
        {
            lock (_gate)
            {
                return new ExporterBacklog(_entries.Count, _dropped);
            }
        }
    }

    /// <param name="push">What is to be sent.</param>
    /// <param name="begun">When its profile began: servers reckon its age from there.</param>
    /// <returns>False when the disk does not take it.</returns>
    public bool TryAdd(PushRequest push, DateTimeOffset begun)
    {
        try
        {
            var file = SpoolFile.Write(push);
            lock (_gate)
            {
                if (file.Length > _maxBytes || !TryOpenFolder())
                {
                    return false;
                }

                // Room first: on a full disk that is what makes the write succeed.
                Trim_NeedsLock(_maxBytes - file.Length);
                var entry = _folder.Write(file, begun);
                _entries.Add(entry);
                _bytes += entry.Bytes;
                return true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The push to send next: the one with the fewest attempts, then the oldest.</summary>
    /// <param name="opened">What to send.</param>
    /// <param name="problem">Why there is none although there was: a damaged file, which is gone now.</param>
    public bool TryOpen([NotNullWhen(true)] out OpenedPush? opened, out string? problem)
    {
        lock (_gate)
        {
            Trim_NeedsLock(_maxBytes);
            opened = null;
            problem = null;
            if (_entries.MinBy(entry => (entry.Attempts, entry.Number)) is not { } next)
            {
                return false;
            }

            try
            {
                opened = SpoolFile.Read(File.ReadAllBytes(next.File)) is { } push ? new OpenedPush(next, push) : null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                problem = $"A spooled profile could not be read ({exception.Message}) and is dropped.";
            }

            if (opened is null)
            {
                problem ??= "A spooled profile was damaged and is dropped.";
                Forget_NeedsLock(next);
                return false;
            }

            return true;
        }
    }

    /// <summary>Marks a push as being sent, so that no later process sends it again; throws when the disk does not allow it.</summary>
    public static void Claim(OpenedPush opened)
    {
        File.Move(opened.Entry.File, opened.Entry.Sending);
        opened.Entry.Claimed = true;
    }

    /// <summary>The server does not have it: it waits on.</summary>
    public void Return(OpenedPush opened)
    {
        lock (_gate)
        {
            var entry = opened.Entry;
            if (++entry.Attempts >= MostAttempts || !TryUnclaim(entry))
            {
                _dropped++;
                Forget_NeedsLock(entry);
            }
        }
    }

    /// <summary>The server has it, refused it, or may have it.</summary>
    public void Remove(OpenedPush opened)
    {
        lock (_gate)
        {
            Forget_NeedsLock(opened.Entry);
        }
    }

    public void Dispose() => _folder?.Dispose();

    // A directory that cannot be used now (another process, a volume not mounted yet) may be usable at the next profile.
    [MemberNotNullWhen(true, nameof(_folder))]
    private bool TryOpenFolder()
    {
        if (_folder is not null)
        {
            return true;
        }

        SpoolFolder? opened = null;
        try
        {
            opened = SpoolFolder.Open(_path);
            _entries = opened.List();
            _bytes = _entries.Sum(entry => entry.Bytes);
            _dropped += opened.Ambiguous;
            _folder = opened;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Half opened it would look empty, and what lies in it would wait for ever.
            opened?.Dispose();
            return false;
        }
    }

    private void Trim_NeedsLock(long maxBytes)
    {
        var oldest = _time.GetUtcNow() - _maxAge;
        while (_entries.MinBy(entry => entry.Number) is { } first && (_bytes > maxBytes || first.Begun < oldest))
        {
            _dropped++;
            Forget_NeedsLock(first);
        }
    }

    private void Forget_NeedsLock(SpoolEntry entry)
    {
        if (_entries.Remove(entry))
        {
            _bytes -= entry.Bytes;
        }

        try
        {
            File.Delete(entry.Claimed ? entry.Sending : entry.File);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The disk became read-only: counted, because a later process may find the file again.
            _dropped++;
        }
    }

    private static bool TryUnclaim(SpoolEntry entry)
    {
        try
        {
            if (entry.Claimed)
            {
                File.Move(entry.Sending, entry.File);
                entry.Claimed = false;
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

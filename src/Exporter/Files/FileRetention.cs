namespace SelfProfiler.Exporter.Files;

/// <summary>Deletes profiles that are too old or too much, oldest first, each with its metadata; only files of ours.</summary>
internal sealed class FileRetention(string directory, TimeSpan maxAge, long maxBytes, TimeProvider time)
{
    private static readonly TimeSpan _unfinishedAge = TimeSpan.FromMinutes(10);

    // A day of profiles is tens of thousands of files: the directory is read now and then, not at every profile.
    private readonly TimeSpan _pause = TimeSpan.FromTicks(Math.Min(TimeSpan.FromMinutes(10).Ticks, maxAge.Ticks / 4));
    private long _lastScan;
    private long _bytes = long.MaxValue;

    /// <param name="written">Bytes written since the last call.</param>
    /// <returns>A sentence when files could not be deleted.</returns>
    public string? Apply(long written)
    {
        _bytes = _bytes == long.MaxValue ? _bytes : _bytes + written;
        if (_bytes <= maxBytes && time.GetElapsedTime(_lastScan) < _pause)
        {
            return null;
        }

        try
        {
            Scan();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"Old profiles could not be deleted: {exception.Message}";
        }
        finally
        {
            _lastScan = time.GetTimestamp();
        }
    }

    private void Scan()
    {
        // A profile and its metadata are one: named by the profile.
        var profiles = new DirectoryInfo(directory)
            .EnumerateFiles(ProfileFiles.Prefix + "*")
            .Where(file => ProfileFiles.IsOurs(file.Name))
            .GroupBy(file => NameOf(file.Name))
            .Select(group => (Files: group.ToArray(), Written: group.Max(file => file.LastWriteTimeUtc), Bytes: group.Sum(file => file.Length)))
            .OrderByDescending(profile => profile.Written)
            .ToArray();
        // Somewhat below the limit: the next scan is not due at the next profile.
        var limit = profiles.Sum(profile => profile.Bytes) > maxBytes ? maxBytes - (maxBytes / 10) : maxBytes;
        var now = time.GetUtcNow().UtcDateTime;
        _bytes = 0;
        foreach (var profile in profiles)
        {
            var unfinished = profile.Files.All(file => file.Name.EndsWith(ProfileFiles.UnfinishedSuffix, StringComparison.Ordinal));
            if (_bytes + profile.Bytes > limit || now - profile.Written > (unfinished ? _unfinishedAge : maxAge))
            {
                Array.ForEach(profile.Files, file => file.Delete());
            }
            else
            {
                _bytes += profile.Bytes;
            }
        }
    }

    // "profile-….pb.gz", "profile-….pb.gz.json", and either with ".tmp".
    private static string NameOf(string file)
    {
        var name = file.EndsWith(ProfileFiles.UnfinishedSuffix, StringComparison.Ordinal) ? file[..^ProfileFiles.UnfinishedSuffix.Length] : file;
        return name.EndsWith(ProfileFiles.MetadataSuffix, StringComparison.Ordinal) && !name.EndsWith(".speedscope.json", StringComparison.Ordinal)
            ? name[..^ProfileFiles.MetadataSuffix.Length]
            : name;
    }
}

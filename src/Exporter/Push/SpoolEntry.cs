namespace SelfProfiler.Exporter.Push;

/// <summary>A push that waits on disk.</summary>
internal sealed class SpoolEntry(string file, long bytes, DateTimeOffset begun, long number)
{
    /// <summary>Full path, as it is called while it waits.</summary>
    public string File { get; } = file;

    /// <summary>What it is called from the first byte sent until the server answers: a process that dies in between leaves it so.</summary>
    public string Sending => File + SpoolFolder.SendingSuffix;

    public long Bytes { get; } = bytes;

    /// <summary>When its profile began.</summary>
    public DateTimeOffset Begun { get; } = begun;

    public long Number { get; } = number;

    public int Attempts { get; set; }

    public bool Claimed { get; set; }
}

/// <summary>A spooled push, read and ready to be sent.</summary>
internal sealed record OpenedPush(SpoolEntry Entry, PushRequest Push);

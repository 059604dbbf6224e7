namespace SelfProfiler.Session;

/// <summary>Why a source gets no more bytes.</summary>
internal enum PumpClose
{
    /// <summary>The other side closed the stream: all of it has been delivered.</summary>
    EndOfStream,

    /// <summary>The descriptor failed.</summary>
    Broken,

    /// <summary>Detached on request.</summary>
    Detached,

    /// <summary>The source threw again and again, or cannot read on.</summary>
    Faulted,

    /// <summary>The pump ended.</summary>
    PumpStopped,
}

/// <summary>Who gets the bytes of one descriptor, on the pump. One per connection.</summary>
internal abstract class PumpSource
{
    /// <summary>Why the bytes make no sense any more, asked after each call of <see cref="OnBytes"/>; null: they do. Otherwise no more are read, and the source is closed as <see cref="PumpClose.Faulted"/>.</summary>
    public virtual string? Broken => null;

    /// <summary>The next bytes of the stream, cut anywhere; valid during the call only.</summary>
    public abstract void OnBytes(ReadOnlySpan<byte> bytes);

    /// <summary>Another source continues from this moment (monotonic ns) on: what is later belongs to it. The stream is read to its end.</summary>
    public virtual void EndAt(long moment)
    {
    }

    /// <summary>The session is told to stop at this moment (monotonic ns), and nothing continues it.</summary>
    public virtual void StopsAt(long moment)
    {
    }

    /// <summary>Before the first bytes: this source continues another one, which has been closed.</summary>
    public virtual void ContinueFrom(PumpSource before, long moment)
    {
    }

    /// <summary>The last call, exactly once.</summary>
    public virtual void OnClosed(PumpClose reason)
    {
    }
}

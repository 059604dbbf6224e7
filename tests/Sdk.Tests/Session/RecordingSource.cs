using SelfProfiler.Session;

namespace SelfProfiler.Sdk.Tests.Session;

/// <summary>Notes what the pump gives it.</summary>
internal sealed class RecordingSource(Action? onBytes = null) : PumpSource
{
    private readonly List<byte> _bytes = [];
    private long _count;
    private int _calls;

    public byte[] Bytes
    {
        get
        {
            lock (_bytes)
            {
                return [.. _bytes];
            }
        }
    }

    public long Count => Interlocked.Read(ref _count);

    public int Calls => Volatile.Read(ref _calls);

    public List<PumpClose> Closes { get; } = [];

    public override void OnBytes(ReadOnlySpan<byte> bytes)
    {
        Interlocked.Increment(ref _calls);
        onBytes?.Invoke();
        Interlocked.Add(ref _count, bytes.Length);
        lock (_bytes)
        {
            if (_bytes.Count < 1_000)
            {
                _bytes.AddRange(bytes);
            }
        }
    }

    public override void EndAt(long moment) => EndedAt = moment;

    public override void ContinueFrom(PumpSource before, long moment) =>
        Continues = ((RecordingSource)before, moment, ((RecordingSource)before).Closed, Calls);

    /// <summary>Set when another source continues.</summary>
    public long EndedAt { get; private set; }

    /// <summary>Whom it continues, from when, how that one had ended by then, and how often bytes had come.</summary>
    public (RecordingSource Before, long Moment, PumpClose? Closed, int Calls)? Continues { get; private set; }

    public override void OnClosed(PumpClose reason)
    {
        lock (_bytes)
        {
            Closes.Add(reason);
        }
    }

    public PumpClose? Closed
    {
        get
        {
            lock (_bytes)
            {
                return Closes.Count == 0 ? null : Closes[0];
            }
        }
    }
}

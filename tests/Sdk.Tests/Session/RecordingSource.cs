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

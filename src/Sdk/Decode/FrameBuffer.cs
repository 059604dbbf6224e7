namespace SelfProfiler.Decode;

/// <summary>Cuts a stream that arrives in pieces of any size into pieces of the sizes asked for; copies only what is torn between two pieces.</summary>
internal sealed class FrameBuffer
{
    private const int InitialBytes = 4_096;
    private const int Alignment = 4;

    // Pump only.
    private byte[] _held = new byte[InitialBytes];
    private int _heldBytes;
    private int _skipped;

    /// <summary>Bytes of the stream that were taken.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes up to the next multiple of four in the stream.</summary>
    public int Padding => (int)(-Position & (Alignment - 1));

    /// <summary>Another stream begins; the memory stays.</summary>
    public void Reset()
    {
        _heldBytes = 0;
        _skipped = 0;
        Position = 0;
    }

    /// <summary>Takes the next <paramref name="count"/> bytes, at most <see cref="DecodeLimits.MaxBlockBytes"/>, when they are all there; otherwise keeps what is.</summary>
    /// <returns>False when <paramref name="chunk"/> was used up before.</returns>
    public bool TryTake(ref ReadOnlySpan<byte> chunk, int count, out ReadOnlySpan<byte> bytes)
    {
        if (_heldBytes == 0 && chunk.Length >= count)
        {
            bytes = chunk[..count];
            chunk = chunk[count..];
            Position += count;
            return true;
        }

        var part = Math.Min(count - _heldBytes, chunk.Length);
        Reserve(_heldBytes + part, count);
        chunk[..part].CopyTo(_held.AsSpan(_heldBytes));
        chunk = chunk[part..];
        _heldBytes += part;
        if (_heldBytes < count)
        {
            bytes = default;
            return false;
        }

        bytes = _held.AsSpan(0, count);
        _heldBytes = 0;
        Position += count;
        return true;
    }

    /// <summary>Passes over the next <paramref name="count"/> bytes.</summary>
    /// <inheritdoc cref="TryTake"/>
    public bool TrySkip(ref ReadOnlySpan<byte> chunk, int count)
    {
        var part = Math.Min(count - _skipped, chunk.Length);
        chunk = chunk[part..];
        _skipped += part;
        Position += part;
        if (_skipped < count)
        {
            return false;
        }

        _skipped = 0;
        return true;
    }

    // Memory follows the bytes that really came, not the size that the stream announces.
    private void Reserve(int bytes, int count)
    {
        if (bytes > _held.Length)
        {
            Array.Resize(ref _held, Math.Min(count, Math.Max(bytes, _held.Length * 2)));
        }
    }
}

namespace SelfProfiler.Symbolize;

/// <summary>Runs of bytes, one after the other in chunks, each with its length before it. The pump alone adds; any thread reads runs it was handed: bytes once written never change.</summary>
/// <remarks>A run is known by chunk and offset; none has the number 0.</remarks>
internal sealed class TextChunks
{
    /// <summary>Of one run: what fits a chunk with the two bytes of its length.</summary>
    public const int MaxRun = ChunkSize - 2;

    private const int ChunkBits = 14;
    private const int ChunkSize = 1 << ChunkBits;
    private const int FirstChunk = 256;

    // The array is replaced, never changed in its used part, so readers need no lock.
    private volatile byte[][] _chunks = [new byte[FirstChunk]];

    // Pump only.
    private int _free = 1;

    /// <summary>Bytes held.</summary>
    public int Bytes { get; private set; } = FirstChunk;

    public ReadOnlySpan<byte> this[int run]
    {
        get
        {
            byte[] chunk = _chunks[run >> ChunkBits];
            int offset = run & (ChunkSize - 1);
            int length = chunk[offset++];
            if (length >= 0x80)
            {
                length = (length & 0x7F) | (chunk[offset++] << 7);
            }

            return chunk.AsSpan(offset, length);
        }
    }

    /// <param name="run">Of <see cref="MaxRun"/> bytes at most.</param>
    /// <param name="room">Bytes there are for another chunk.</param>
    /// <returns>The number of the run; 0 when another chunk would be needed and there is no room.</returns>
    public int Add(ReadOnlySpan<byte> run, int room)
    {
        int needed = run.Length + (run.Length < 0x80 ? 1 : 2);
        if (_free + needed > _chunks[^1].Length)
        {
            if (room < ChunkSize)
            {
                return 0;
            }

            _chunks = [.. _chunks, new byte[ChunkSize]];
            _free = 0;
            Bytes += ChunkSize;
        }

        byte[] chunk = _chunks[^1];
        int number = ((_chunks.Length - 1) << ChunkBits) | _free;
        if (run.Length < 0x80)
        {
            chunk[_free++] = (byte)run.Length;
        }
        else
        {
            chunk[_free++] = (byte)(run.Length | 0x80);
            chunk[_free++] = (byte)(run.Length >> 7);
        }

        run.CopyTo(chunk.AsSpan(_free));
        _free += run.Length;
        return number;
    }
}

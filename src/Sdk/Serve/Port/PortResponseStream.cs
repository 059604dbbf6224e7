using System.Globalization;
using System.Text;

namespace SelfProfiler.Serve.Port;

/// <summary>The body of an answer: status and headers go out with its first block, so that until then another answer can take its place.</summary>
internal sealed class PortResponseStream : Stream
{
    private const int BlockBytes = 16 * 1024;

    // Owned by the connection's worker.
    private readonly PortOutput _output;
    private readonly byte[] _head;
    private readonly bool _chunked;
    private readonly byte[] _block = new byte[BlockBytes];
    private int _filled;

    /// <param name="output">Where it goes.</param>
    /// <param name="head">Status line and headers with the closing empty line.</param>
    /// <param name="chunked">HTTP/1.1; otherwise the end of the connection is the end of the body.</param>
    public PortResponseStream(PortOutput output, byte[] head, bool chunked)
    {
        _output = output;
        _head = head;
        _chunked = chunked;
    }

    /// <summary>Something went out: the answer cannot be replaced any more.</summary>
    public bool Begun { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var count = Math.Min(buffer.Length, _block.Length - _filled);
            buffer[..count].CopyTo(_block.AsSpan(_filled));
            _filled += count;
            buffer = buffer[count..];
            if (_filled == _block.Length)
            {
                SendBlock();
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Encoders flush when they close; the block goes out when it is full or the body complete. A trace that trickles would otherwise be cut into crumbs.</summary>
    public override void Flush()
    {
    }

    /// <summary>The body is complete.</summary>
    public void Complete()
    {
        SendBlock();
        if (_chunked)
        {
            _output.Send("0\r\n\r\n"u8);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void SendBlock()
    {
        if (!Begun)
        {
            Begun = true;
            _output.Send(_head);
        }

        // A chunk of no bytes would be the last.
        if (_filled == 0)
        {
            return;
        }

        if (_chunked)
        {
            _output.Send(Encoding.ASCII.GetBytes(_filled.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
        }

        _output.Send(_block.AsSpan(0, _filled));
        if (_chunked)
        {
            _output.Send("\r\n"u8);
        }

        _filled = 0;
    }
}

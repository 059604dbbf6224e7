using System.Text;

namespace SelfProfiler.Bench.Micro.Export;

/// <summary>A connection to nowhere: reads requests by their length, forgets them, and answers what it was told to.</summary>
internal sealed class SinkConnection(string contentType, string body) : Stream
{
    private readonly byte[] _answer = Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {contentType}\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    private readonly SemaphoreSlim _complete = new(0);
    private readonly StringBuilder _head = new();
    private long _missing;

    /// <summary>Bytes of requests, heads included.</summary>
    public static long Received { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
        {
            return 0;
        }

        await _complete.WaitAsync(cancellationToken);
        _answer.CopyTo(buffer);
        return _answer.Length;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Received += buffer.Length;
        if (_missing == 0)
        {
            _head.Append(Encoding.Latin1.GetString(buffer[..Math.Min(buffer.Length, 4_096)]));
            var text = _head.ToString();
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
            {
                return;
            }

            _missing = long.Parse(text.Split("Content-Length: ")[1].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture) + end + 4 - (text.Length - Math.Min(buffer.Length, 4_096));
            _head.Clear();
        }

        _missing -= buffer.Length;
        if (_missing == 0)
        {
            _complete.Release();
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SelfProfiler.Sdk.Tests.Serve.Port;

/// <summary>What came back.</summary>
internal sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A client that sends bytes as they are, and reads strictly, on the calling thread alone.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan _deadline = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly List<byte> _read = [];

    public RawClient(EndPoint end, EndPoint? from = null)
    {
        _socket = new Socket(end.AddressFamily, SocketType.Stream, end is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        if (from is not null)
        {
            _socket.Bind(from);
        }

        _socket.Connect(end);
        _socket.Blocking = false;
    }

    public static RawClient To(int port) => new(new IPEndPoint(IPAddress.Loopback, port));

    public static string Get(string target, string headers = "", string method = "GET") => $"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n";

    public RawClient Send(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text).AsSpan();
        while (!bytes.IsEmpty)
        {
            var sent = _socket.Send(bytes, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                _socket.Poll(_deadline, SelectMode.SelectWrite);
                continue;
            }

            if (error != SocketError.Success)
            {
                // The other end has had enough: what it said can still be read.
                break;
            }

            bytes = bytes[sent..];
        }

        return this;
    }

    /// <summary>One response; null when the connection ended before its first byte.</summary>
    public RawResponse? Read(bool head = false)
    {
        int end;
        while ((end = Text().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            if (!More())
            {
                return _read.Count == 0 ? null : throw new InvalidDataException("ended within a head: " + Text());
            }
        }

        var lines = Text()[..end].Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        _read.RemoveRange(0, end + 4);
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var body = head || status < 200 ? [] : Body(headers);
        return new RawResponse(status, headers, body);
    }

    /// <summary>The other end closes without sending anything more, by a close or by a reset.</summary>
    public bool Ends() => _read.Count == 0 && !More();

    /// <summary>Something has arrived or the connection has ended.</summary>
    public bool Readable(TimeSpan wait) => _socket.Poll(wait, SelectMode.SelectRead);

    /// <summary>Sends nothing more, and still reads.</summary>
    public void Finish() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private byte[] Body(Dictionary<string, string> headers)
    {
        if (headers.TryGetValue("Content-Length", out var length))
        {
            return Take(int.Parse(length, CultureInfo.InvariantCulture));
        }

        if (headers.TryGetValue("Transfer-Encoding", out var encoding))
        {
            return encoding == "chunked" ? Chunks() : throw new InvalidDataException(encoding);
        }

        while (More())
        {
        }

        return Take(_read.Count);
    }

    private byte[] Chunks()
    {
        var body = new List<byte>();
        while (true)
        {
            int end;
            while ((end = Text().IndexOf("\r\n", StringComparison.Ordinal)) < 0)
            {
                if (!More())
                {
                    throw new EndOfStreamException("ended within a chunk");
                }
            }

            var size = int.Parse(Text()[..end], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            _read.RemoveRange(0, end + 2);
            body.AddRange(Take(size));
            if (Encoding.Latin1.GetString(Take(2)) != "\r\n")
            {
                throw new InvalidDataException("a chunk without an end");
            }

            if (size == 0)
            {
                return [.. body];
            }
        }
    }

    private byte[] Take(int count)
    {
        while (_read.Count < count)
        {
            if (!More())
            {
                throw new EndOfStreamException($"{_read.Count} of {count} bytes");
            }
        }

        var taken = _read.GetRange(0, count).ToArray();
        _read.RemoveRange(0, count);
        return taken;
    }

    private bool More()
    {
        var start = Stopwatch.GetTimestamp();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var count = _socket.Receive(buffer, 0, buffer.Length, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                if (Stopwatch.GetElapsedTime(start) > _deadline)
                {
                    throw new TimeoutException("nothing arrived: " + Text());
                }

                _socket.Poll(TimeSpan.FromSeconds(1), SelectMode.SelectRead);
                continue;
            }

            _read.AddRange(buffer.AsSpan(0, Math.Max(count, 0)));
            return error == SocketError.Success && count > 0;
        }
    }

    private string Text() => Encoding.Latin1.GetString([.. _read]);
}

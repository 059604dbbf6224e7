using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SelfProfiler.Bench.Overhead.Load;

/// <summary>One kept connection: sends a prepared request, reads the whole answer. Blocking system calls, so that the load costs little beside the program it loads.</summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
    private readonly byte[] _buffer = new byte[256 * 1024];

    public HttpConnection(IPEndPoint address) => _socket.Connect(address);

    public static byte[] Request(string path, IPEndPoint address) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");

    /// <returns>The status code.</returns>
    public int Send(byte[] request)
    {
        _socket.Send(request);
        var length = 0;
        int head;
        while ((head = _buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            length += Receive(length);
        }

        var headers = Encoding.ASCII.GetString(_buffer, 0, head);
        var body = head + 4;
        if (Header(headers, "Content-Length") is { } size)
        {
            var end = body + int.Parse(size, CultureInfo.InvariantCulture);
            while (length < end)
            {
                length += Receive(length);
            }
        }
        else if (Header(headers, "Transfer-Encoding") is not null)
        {
            while (!_buffer.AsSpan(body, length - body).EndsWith("0\r\n\r\n"u8))
            {
                length += Receive(length);
            }
        }

        return int.Parse(headers.AsSpan(9, 3), CultureInfo.InvariantCulture);
    }

    public void Dispose() => _socket.Dispose();

    private static string? Header(string headers, string name)
    {
        var start = headers.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return null;
        }

        start += name.Length + 3;
        var end = headers.IndexOf('\r', start);
        return headers[start..(end < 0 ? headers.Length : end)].Trim();
    }

    private int Receive(int offset)
    {
        var read = _socket.Receive(_buffer, offset, _buffer.Length - offset, SocketFlags.None);
        return read > 0 ? read : throw new IOException("The server closed the connection in the middle of an answer.");
    }
}

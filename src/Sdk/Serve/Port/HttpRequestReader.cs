using System.Globalization;
using System.Text;

namespace SelfProfiler.Serve.Port;

/// <summary>Reads one request after another from a connection, each within one deadline however slowly its bytes trickle.</summary>
internal sealed class HttpRequestReader(PortInput input, PortLimits limits)
{
    private const int LongestChunkLine = 10;

    private readonly HttpHeadReader _heads = new(limits);

    /// <returns>The fault; null with a null <paramref name="head"/> when the client closed the connection.</returns>
    public HttpFault? ReadHead(Deadline deadline, out HttpHead? head)
    {
        head = null;
        var seen = 0;
        while (true)
        {
            var bytes = input.Available;
            var end = bytes[Math.Max(0, seen - 3)..].IndexOf("\r\n\r\n"u8);
            var length = end < 0 ? bytes.Length : Math.Max(0, seen - 3) + end + 4;
            if (HttpHeadReader.Glance(bytes[..length], seen) is { } fault)
            {
                return fault;
            }

            if (length > limits.HeadBytes || (end < 0 && length >= limits.HeadBytes))
            {
                return new HttpFault(431, $"Request line and headers have at most {limits.HeadBytes} bytes.");
            }

            if (end >= 0)
            {
                fault = _heads.Read(bytes[..length], out head);
                input.Consume(length);
                return fault;
            }

            seen = length;
            var outcome = input.Fill(deadline);
            if (outcome != PortInput.Outcome.Got)
            {
                return outcome == PortInput.Outcome.TooSlow ? HttpFault.TooSlow : null;
            }
        }
    }

    /// <returns>The fault; null with a null <paramref name="body"/> when the client closed the connection.</returns>
    public HttpFault? ReadBody(HttpHead head, Deadline deadline, out byte[]? body)
    {
        var bytes = new MemoryStream();
        var fault = head.Chunked ? Chunks(bytes, limits.BodyBytesOf(head.Path), deadline, out var closed) : Take(bytes, head.ContentLength, deadline, out closed);
        body = fault is null && !closed ? bytes.ToArray() : null;
        return fault;
    }

    private HttpFault? Take(MemoryStream into, long count, Deadline deadline, out bool closed)
    {
        closed = false;
        while (count > 0)
        {
            if (Missing(deadline, out closed) is { } fault)
            {
                return fault;
            }

            if (closed)
            {
                return null;
            }

            var piece = input.Available[..(int)Math.Min(count, input.Available.Length)];
            into.Write(piece);
            count -= piece.Length;
            input.Consume(piece.Length);
        }

        return null;
    }

    /// <summary>Without extensions and trailers: nobody who talks to us sends them, and readers disagree about them.</summary>
    private HttpFault? Chunks(MemoryStream into, int most, Deadline deadline, out bool closed)
    {
        while (true)
        {
            var fault = Line(deadline, out var line, out closed);
            if (fault is not null || closed)
            {
                return fault;
            }

            if (line.Length is 0 or > 8 || !int.TryParse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var size) || size < 0)
            {
                return HttpFault.Bad("A chunk begins with its size in hexadecimal digits, and nothing else.");
            }

            if (into.Length + size > most)
            {
                return new HttpFault(413, $"A body has at most {most} bytes.");
            }

            fault = Take(into, size, deadline, out closed);
            if (fault is not null || closed)
            {
                return fault;
            }

            fault = Line(deadline, out line, out closed);
            if (fault is not null || closed)
            {
                return fault;
            }

            if (line.Length > 0)
            {
                return HttpFault.Bad(size == 0 ? "Trailers are not allowed." : "A chunk ends with CR LF.");
            }

            if (size == 0)
            {
                return null;
            }
        }
    }

    private HttpFault? Line(Deadline deadline, out string line, out bool closed)
    {
        line = "";
        closed = false;
        while (true)
        {
            var bytes = input.Available;
            var end = bytes.IndexOf((byte)'\n');
            if (end > LongestChunkLine || (end < 0 && bytes.Length > LongestChunkLine) || (end >= 0 && (end == 0 || bytes[end - 1] != '\r')))
            {
                return HttpFault.Bad("A chunk's line is short and ends with CR LF.");
            }

            if (end >= 0)
            {
                line = Encoding.Latin1.GetString(bytes[..(end - 1)]);
                input.Consume(end + 1);
                return null;
            }

            var outcome = input.Fill(deadline);
            closed = outcome == PortInput.Outcome.Closed;
            if (outcome != PortInput.Outcome.Got)
            {
                return closed ? null : HttpFault.TooSlow;
            }
        }
    }

    private HttpFault? Missing(Deadline deadline, out bool closed)
    {
        var outcome = input.Wait(deadline);
        closed = outcome == PortInput.Outcome.Closed;
        return outcome == PortInput.Outcome.TooSlow ? HttpFault.TooSlow : null;
    }
}

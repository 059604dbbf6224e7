using System.Buffers;
using System.Globalization;
using System.Text;

namespace SelfProfiler.Serve.Port;

/// <summary>Reads a request's head, refusing everything about which two readers could disagree: that is what request smuggling lives on.</summary>
internal sealed class HttpHeadReader(PortLimits limits)
{
    /// <summary>Characters that header names are made of (RFC 9110, token).</summary>
    private static readonly SearchValues<char> _token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>The first thing that can never become a valid head, although its end has not arrived: a lone CR or LF, a control character.</summary>
    /// <param name="bytes">What has arrived so far.</param>
    /// <param name="from">What was looked at before.</param>
    public static HttpFault? Glance(ReadOnlySpan<byte> bytes, int from)
    {
        for (var i = from; i < bytes.Length; i++)
        {
            var b = bytes[i];
            if (b == '\n' && (i == 0 || bytes[i - 1] != '\r'))
            {
                return HttpFault.Bad("Lines end with CR LF.");
            }

            if (b != '\n' && i > 0 && bytes[i - 1] == '\r')
            {
                return HttpFault.Bad("A CR stands only before LF.");
            }

            if (b is < 0x20 and not (byte)'\r' and not (byte)'\n' and not (byte)'\t' or 0x7f)
            {
                return HttpFault.Bad("Control characters are not allowed. This port speaks HTTP/1.1 without TLS.");
            }
        }

        return null;
    }

    /// <param name="bytes">The head with its closing empty line; <see cref="Glance"/> found nothing in it.</param>
    /// <param name="head">The result, null when there is a fault.</param>
    public HttpFault? Read(ReadOnlySpan<byte> bytes, out HttpHead? head)
    {
        head = null;
        var text = Encoding.Latin1.GetString(bytes);
        var lines = text.Split("\r\n");
        if (Array.Exists(lines, line => line.Length > limits.LineBytes))
        {
            return new HttpFault(431, $"A line is longer than {limits.LineBytes} bytes.");
        }

        // The text ends with CR LF CR LF, hence with two empty pieces.
        var count = lines.Length - 3;
        if (count > limits.Headers)
        {
            return new HttpFault(431, $"There are more than {limits.Headers} headers.");
        }

        var fault = RequestLine(lines[0], out var method, out var target, out var version11);
        var headers = new List<KeyValuePair<string, string>>(Math.Max(count, 0));
        for (var i = 1; i <= count && fault is null; i++)
        {
            fault = Header(lines[i], headers);
        }

        return fault ?? Assemble(method, target, version11, headers, out head);
    }

    private static HttpFault? RequestLine(string line, out string method, out string target, out bool version11)
    {
        (method, target, version11) = ("", "", false);
        var parts = line.Split(' ');
        if (parts.Length != 3 || parts[0].Length is 0 or > 16 || !parts[0].All(char.IsAsciiLetterUpper))
        {
            return HttpFault.Bad("A request line is a method, a path and a version with one space between them.");
        }

        if (parts[2] is not ("HTTP/1.1" or "HTTP/1.0"))
        {
            return parts[2].StartsWith("HTTP/", StringComparison.Ordinal)
                ? new HttpFault(505, "This port speaks HTTP/1.1.")
                : HttpFault.Bad("The version is HTTP/1.1.");
        }

        (method, target, version11) = (parts[0], parts[1], parts[2] == "HTTP/1.1");
        if (!target.StartsWith('/') || target.Contains('#', StringComparison.Ordinal) || target.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return HttpFault.Bad("The target is a path such as /debug/pprof/.");
        }

        // No path here needs encoding, and what is encoded is there to look different to somebody.
        var path = target.AsSpan(0, Question(target));
        return path.ContainsAny('%', '\\') ? HttpFault.Bad("Paths here need no percent-encoding.") : null;
    }

    private static int Question(string target)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? target.Length : question;
    }

    private static HttpFault? Header(string line, List<KeyValuePair<string, string>> headers)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || line.AsSpan(0, colon).ContainsAnyExcept(_token))
        {
            return HttpFault.Bad("A header is a name, a colon right after it, and a value on the same line.");
        }

        headers.Add(new(line[..colon], line.AsSpan(colon + 1).Trim(" \t").ToString()));
        return null;
    }

    private HttpFault? Assemble(string method, string target, bool version11, List<KeyValuePair<string, string>> headers, out HttpHead? head)
    {
        head = null;
        string? length = null, encoding = null, expect = null, connection = null;
        var hosts = 0;
        foreach (var (name, value) in headers)
        {
            var again = false;
            switch (name.ToLowerInvariant())
            {
                case "host":
                    again = hosts++ > 0;
                    break;
                case "content-length":
                    (again, length) = (length is not null, value);
                    break;
                case "transfer-encoding":
                    (again, encoding) = (encoding is not null, value);
                    break;
                case "expect":
                    (again, expect) = (expect is not null, value);
                    break;
                case "connection":
                    connection = connection is null ? value : connection + "," + value;
                    break;
                default:
                    break;
            }

            if (again)
            {
                return HttpFault.Bad($"{name} is there twice.");
            }
        }

        var most = limits.BodyBytesOf(target[..Question(target)]);
        var fault = Framing(version11, hosts, length, encoding, most, out var contentLength);
        if (expect is not null && !expect.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            fault ??= new HttpFault(417, "The only expectation known here is 100-continue.");
        }

        var question = Question(target);
        head = fault is not null ? null : new HttpHead
        {
            Method = method,
            Path = target[..question],
            Query = question == target.Length ? "" : target[(question + 1)..],
            Version11 = version11,
            Headers = headers,
            ContentLength = contentLength,
            Chunked = encoding is not null,
            ExpectsContinue = expect is not null && version11,
            KeepAlive = version11 && !Mentions(connection, "close"),
        };
        return fault;
    }

    /// <summary>Where the body ends must be beyond doubt.</summary>
    private static HttpFault? Framing(bool version11, int hosts, string? length, string? encoding, int most, out long contentLength)
    {
        contentLength = 0;
        if (version11 && hosts == 0)
        {
            return HttpFault.Bad("HTTP/1.1 requests have a Host header.");
        }

        if (encoding is not null && (length is not null || !version11 || !encoding.Equals("chunked", StringComparison.OrdinalIgnoreCase)))
        {
            return HttpFault.Bad("The body is either chunked or of a given length.");
        }

        if (length is not null && (length.Length is 0 or > 18 || !long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out contentLength)))
        {
            return HttpFault.Bad("Content-Length is one number.");
        }

        return contentLength > most ? new HttpFault(413, $"A body has at most {most} bytes.") : null;
    }

    private static bool Mentions(string? connection, string token) =>
        connection is not null && connection.Split(',').Any(part => part.Trim().Equals(token, StringComparison.OrdinalIgnoreCase));
}

using System.Globalization;
using System.Text;

namespace SelfProfiler.Serve.Port;

/// <summary>Status line and headers as bytes.</summary>
internal static class HttpResponseHead
{
    /// <param name="response">The answer.</param>
    /// <param name="length">Of the body when it is known.</param>
    /// <param name="chunked">The body comes in chunks.</param>
    /// <param name="keepAlive">The connection stays open.</param>
    public static byte[] Make(PprofResponse response, long? length, bool chunked, bool keepAlive)
    {
        var text = new StringBuilder(256);
        text.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {response.Status} {Reason(response.Status)}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Date: {DateTimeOffset.UtcNow:R}\r\n");
        foreach (var (name, value) in response.Headers)
        {
            text.Append(name).Append(": ").Append(Printable(value)).Append("\r\n");
        }

        if (length is { } known)
        {
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {known}\r\n");
        }

        if (chunked)
        {
            text.Append("Transfer-Encoding: chunked\r\n");
        }

        text.Append(keepAlive ? "\r\n" : "Connection: close\r\n\r\n");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    /// <summary>Values are ours, but a redirect repeats the query: a line break in it would be another header.</summary>
    private static string Printable(string value) =>
        value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? new string([.. value.Select(c => c is >= ' ' and <= '~' ? c : '?')]) : value;

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        301 => "Moved Permanently",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        417 => "Expectation Failed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Answer",
    };
}

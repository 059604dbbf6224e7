using System.Text;

namespace SelfProfiler.Serve;

/// <summary>An answer: status, headers and a body that is written once.</summary>
/// <remarks>
/// A front sends status and headers with the first byte of the body, not before: until then a <see cref="PprofRefusal"/>
/// thrown by the body replaces the whole answer (<see cref="Error"/>). Later failures must cut the connection, so that
/// nobody takes half a profile for a whole one.
/// </remarks>
internal sealed record PprofResponse
{
    public const string Text = "text/plain; charset=utf-8";

    public const string Binary = "application/octet-stream";

    public int Status { get; init; } = 200;

    /// <summary>Names are unique; Content-Type is among them, Content-Length never.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>The whole body when it is known; empty when <see cref="Write"/> makes it.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Writes the body on the calling thread, blocking.</summary>
    public Action<Stream, CancellationToken>? Write { get; init; }

    /// <summary>Writes the body without holding a thread; only for bodies that take as long as their capture (<c>trace</c>). Where it exists an asynchronous front uses it instead of <see cref="Write"/>.</summary>
    public Func<Stream, CancellationToken, Task>? WriteAsync { get; init; }

    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The same without its body, for HEAD.</summary>
    public PprofResponse WithoutBody() => this with { Content = default, Write = null, WriteAsync = null };

    public PprofResponse With(string header, string value) => this with { Headers = [.. Headers, new(header, value)] };

    /// <summary>A body that is already there. Nobody may keep a copy: profiles change and tell much.</summary>
    public static PprofResponse Of(string contentType, ReadOnlyMemory<byte> content, int status = 200) => new()
    {
        Status = status,
        Headers =
        [
            new("Content-Type", contentType),
            new("X-Content-Type-Options", "nosniff"),
            new("Cache-Control", "no-store"),
        ],
        Content = content,
    };

    public static PprofResponse OfText(string text) => Of(Text, Encoding.UTF8.GetBytes(text));

    /// <summary>An error as Go's tools show it: they print the sentence only when <c>X-Go-Pprof</c> is there.</summary>
    public static PprofResponse Error(int status, string sentence) =>
        Of(Text, Encoding.UTF8.GetBytes(sentence + "\n"), status).With("X-Go-Pprof", "1");

    /// <summary>As if nothing were there.</summary>
    public static PprofResponse Nothing { get; } = new() { Status = 404, Headers = [] };
}

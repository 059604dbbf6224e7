using System.Text;

namespace SelfProfiler.Serve;

/// <summary>The pairs of a query string in their order. Pairs that cannot be decoded keep a null value, so that only the parameters somebody reads are complained about.</summary>
internal sealed class QueryString
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<(string Name, string? Value)> _pairs = [];

    public QueryString(string raw)
    {
        foreach (var part in raw.AsSpan().TrimStart('?').Split('&'))
        {
            var pair = raw.AsSpan().TrimStart('?')[part];
            var equals = pair.IndexOf('=');
            var name = equals < 0 ? pair : pair[..equals];
            if (Decode(name) is { Length: > 0 } key)
            {
                _pairs.Add((key, equals < 0 ? "" : Decode(pair[(equals + 1)..])));
            }
        }
    }

    /// <summary>The first value, as in Go; empty counts as absent.</summary>
    /// <returns>False when it cannot be decoded.</returns>
    public bool TryGet(string name, out string? value)
    {
        foreach (var (key, text) in _pairs)
        {
            if (key == name)
            {
                value = text is { Length: 0 } ? null : text;
                return text is not null;
            }
        }

        value = null;
        return true;
    }

    /// <summary>The parameter is there, with or without a value.</summary>
    public bool Has(string name) => _pairs.Exists(pair => pair.Name == name);

    public IEnumerable<string?> All(string name) => _pairs.Where(pair => pair.Name == name).Select(pair => pair.Value);

    private static string? Decode(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('%', '+') < 0)
        {
            return text.ContainsAnyInRange('\0', '\u001f') ? null : text.ToString();
        }

        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '%')
            {
                if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                {
                    return null;
                }

                bytes.Add((byte)((HexValue(text[i + 1]) << 4) | HexValue(text[i + 2])));
                i += 2;
            }
            else if (c > 0x7f)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(c.ToString()));
            }
            else
            {
                bytes.Add(c == '+' ? (byte)' ' : (byte)c);
            }
        }

        // Control characters have no place in any value here, and much to do with smuggling.
        if (bytes.Exists(b => b < 0x20))
        {
            return null;
        }

        try
        {
            return _strict.GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static int HexValue(char c) => char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

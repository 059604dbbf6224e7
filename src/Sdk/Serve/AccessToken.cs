using System.Security.Cryptography;
using System.Text;

namespace SelfProfiler.Serve;

/// <summary>Compares the token of a request with the configured one in a time that tells nothing about either.</summary>
/// <remarks>Basic credentials with the token as the password count too: <c>go tool pprof http://any:TOKEN@host:6060/…</c> and browsers cannot send a bearer token.</remarks>
internal sealed class AccessToken
{
    private readonly byte[] _digest;

    public AccessToken(string token) => _digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>The header holds the token. <paramref name="ambient"/>: a browser may have added it by itself.</summary>
    public bool Matches(string? authorization, out bool ambient)
    {
        ambient = false;
        if (authorization is null)
        {
            return false;
        }

        var space = authorization.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0)
        {
            return false;
        }

        var scheme = authorization.AsSpan(0, space);
        var value = authorization[(space + 1)..].Trim();
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return Equal(Encoding.UTF8.GetBytes(value));
        }

        ambient = scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);
        return ambient && Equal(Password(value));
    }

    private static byte[] Password(string basic)
    {
        var bytes = new byte[basic.Length];
        if (!Convert.TryFromBase64String(basic, bytes, out var length))
        {
            return [];
        }

        var colon = bytes.AsSpan(0, length).IndexOf((byte)':');
        return colon < 0 ? [] : bytes.AsSpan(colon + 1, length - colon - 1).ToArray();
    }

    /// <summary>Digests have one length, so that not even the length of the token can be measured.</summary>
    private bool Equal(byte[] candidate) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(candidate), _digest);
}

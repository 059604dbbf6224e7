using System.Text;

namespace SelfProfiler.Exporter.Push;

/// <summary>Takes credentials out of sentences: a server's answer may repeat what it was sent.</summary>
internal sealed class Secrets
{
    private const int LongestReason = 500;

    private readonly string[] _secrets;

    private Secrets(IEnumerable<string> secrets) => _secrets = [.. secrets.Where(secret => secret.Length > 3).Distinct()];

    public static Secrets Of(HttpExporterOptions options)
    {
        var user = Uri.UnescapeDataString(options.Endpoint!.UserInfo);
        string[] plain =
        [
            options.BearerToken ?? "",
            options.BasicAuthPassword ?? "",
            user,
            user.Split(':', 2)[^1],
            Base64($"{options.BasicAuthUser}:{options.BasicAuthPassword}"),
            Base64(user),
        ];
        // A header's value may consist of a scheme and the secret.
        return new Secrets(plain.Concat(options.Headers.Values.SelectMany(value => value.Split(' ').Append(value))));
    }

    public string Hide(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text.Length > LongestReason ? text[..LongestReason] : text;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

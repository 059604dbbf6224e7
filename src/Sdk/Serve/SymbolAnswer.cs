using System.Globalization;
using System.Text;

namespace SelfProfiler.Serve;

/// <summary>Answers <c>symbol</c>: addresses separated by plus signs, in the body or as the whole query string.</summary>
internal static class SymbolAnswer
{
    /// <summary>More than any profile has distinct addresses without names; the rest is left out.</summary>
    private const int MaxAddresses = 4_096;

    public static PprofResponse Make(PprofRequest request, Func<ulong, string?>? resolve)
    {
        var asked = request.Method == "POST" ? Encoding.ASCII.GetString(request.Body.Span) : request.Query.TrimStart('?');
        var text = new StringBuilder("num_symbols: 1\n");
        var left = MaxAddresses;
        foreach (var range in asked.AsSpan().Split('+'))
        {
            if (resolve is null || left-- == 0)
            {
                break;
            }

            var word = asked.AsSpan()[range].Trim();
            if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
                && ulong.TryParse(word[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
                && resolve(address) is { } name)
            {
                text.Append(CultureInfo.InvariantCulture, $"0x{address:x} ").Append(name).Append('\n');
            }
        }

        return PprofResponse.OfText(text.ToString());
    }
}

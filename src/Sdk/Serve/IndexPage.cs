using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace SelfProfiler.Serve;

/// <summary>The page at the root: what can be fetched, how much was seen, what was lost. Links are relative, so that it works under any prefix; nothing is loaded from anywhere.</summary>
internal static class IndexPage
{
    private const string Style = """
        body{font:14px/1.5 system-ui,sans-serif;margin:2em;max-width:60em;color:#222;background:#fff}
        table{border-collapse:collapse}td,th{padding:.15em .8em .15em 0;text-align:left;vertical-align:top}
        td.n{text-align:right;font-variant-numeric:tabular-nums}code{background:#f2f2f2;padding:0 .3em}
        .bad{color:#a00}
        """;

    // Not by the type's initialiser, which runs in every process: the first digest loads OpenSSL, half a megabyte of memory.
    private static string? _policy;

    /// <summary>The style by its digest: no other style, no script, no frame, no form.</summary>
    private static string Policy => _policy ??=
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static PprofResponse Make(ServedProfiler profiler, IReadOnlyList<KeyValuePair<string, long>> ownCounts)
    {
        var status = profiler.Status();
        var page = new StringBuilder(8_192);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>/debug/pprof/</title><style>")
            .Append(Style).Append("</style></head>\n<body><h1>/debug/pprof/</h1>\n");
        if (!profiler.Enabled())
        {
            page.Append("<p class=\"bad\">The profiler is switched off. <code>POST on</code> switches it on.</p>\n");
        }

        Profiles(page, profiler, status);
        page.Append("<h2>Status</h2>\n<table>");
        foreach (var (name, value) in status.Lines)
        {
            page.Append("<tr><th>").Append(Escape(name)).Append("</th><td>").Append(Escape(value)).Append("</td></tr>\n");
        }

        page.Append("</table>\n<h2>Lost, dropped and refused</h2>\n<table>");
        foreach (var (name, value) in status.LossesAnd(ownCounts))
        {
            Row(page, value, Escape(name), "", value != 0);
        }

        page.Append("</table>\n</body></html>\n");
        return PprofResponse.Of("text/html; charset=utf-8", Encoding.UTF8.GetBytes(page.ToString())).With("Content-Security-Policy", Policy);
    }

    private static void Profiles(StringBuilder page, ServedProfiler profiler, ServedStatus status)
    {
        page.Append("<p>Add <code>debug=1</code> for text, <code>seconds=N</code> for what happens from now on, <code>trace_id=</code>, <code>span_id=</code>, ")
            .Append("<code>route=</code>, <code>label=key:value</code> or <code>min_duration=500ms</code> for a part, ")
            .Append("<code>format=folded</code> or <code>format=speedscope</code> for other tools.</p>\n")
            .Append("<table><tr><th>Count</th><th>Profile</th><th></th></tr>\n");
        foreach (var kind in ServedKind.All)
        {
            // A click on a capture would wait half a minute with a blank page: those links are short.
            var query = kind.Default is null ? "?debug=1" : "?seconds=5&amp;debug=1";
            Row(page, status.Counts.GetValueOrDefault(kind.Kind), $"<a href=\"{kind.Name}{query}\">{kind.Name}</a>", kind.Sentence);
        }

        Row(page, 0, "<a href=\"cmdline\">cmdline</a>", "The program and the names of its options.");
        Row(page, 0, "<a href=\"trace?seconds=5\">trace</a>", "A .nettrace file of the next seconds, for PerfView and dotnet-trace.");
        page.Append("</table>\n<p><a href=\"goroutine?debug=2\">full thread stack dump</a>");
        if (profiler.Pages is not null)
        {
            page.Append(" &middot; <a href=\"ui\">flame graphs</a>");
        }

        page.Append("</p>\n");
    }

    private static void Row(StringBuilder page, long count, string cell, string sentence, bool bad = false) =>
        page.Append(bad ? "<tr class=\"bad\"><td class=\"n\">" : "<tr><td class=\"n\">").Append(count.ToString(CultureInfo.InvariantCulture))
            .Append("</td><td>").Append(cell).Append("</td><td>").Append(sentence).Append("</td></tr>\n");

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}

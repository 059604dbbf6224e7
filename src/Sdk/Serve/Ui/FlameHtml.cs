using System.Text;

namespace SelfProfiler.Serve.Ui;

/// <summary>Writes one file with everything in it, to mail: the page's own modules, style and data.</summary>
internal static class FlameHtml
{
    private static readonly string[] _modules = ["model.js", "flame.js", "view.js"];

    public static void Write(Profile profile, Stream output)
    {
        var json = new MemoryStream();
        FlameJson.Write(profile, json);
        string page = UiAssets.Text("export.html")
            .Replace("/*style*/", UiAssets.Text("app.css"), StringComparison.Ordinal)
            .Replace("/*script*/", string.Join('\n', _modules.Select(name => Joined(UiAssets.Text(name)))), StringComparison.Ordinal)
            .Replace("/*data*/", Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length), StringComparison.Ordinal);
        output.Write(Encoding.UTF8.GetBytes(page));
    }

    /// <summary>A module that stands in one script with those it imports from.</summary>
    private static string Joined(string module) => string.Join('\n', module.Split('\n')
        .Where(line => !line.StartsWith("import ", StringComparison.Ordinal))
        .Select(line => line.StartsWith("export ", StringComparison.Ordinal) ? line["export ".Length..] : line));
}

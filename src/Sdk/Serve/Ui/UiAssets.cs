using System.Collections.Concurrent;
using System.Text;

namespace SelfProfiler.Serve.Ui;

/// <summary>The files of the page, out of the assembly.</summary>
internal static class UiAssets
{
    private static readonly ConcurrentDictionary<string, byte[]> _files = [];

    /// <summary>Files the browser may ask for, by name.</summary>
    public static IReadOnlyDictionary<string, string> ContentTypes { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["app.css"] = "text/css; charset=utf-8",
        ["app.js"] = "text/javascript; charset=utf-8",
        ["flame.js"] = "text/javascript; charset=utf-8",
        ["model.js"] = "text/javascript; charset=utf-8",
        ["query.js"] = "text/javascript; charset=utf-8",
        ["requests.js"] = "text/javascript; charset=utf-8",
        ["view.js"] = "text/javascript; charset=utf-8",
    };

    public static byte[] Bytes(string name) => _files.GetOrAdd(name, static name =>
    {
        using var stream = typeof(UiAssets).Assembly.GetManifestResourceStream("ui/" + name)
            ?? throw new InvalidOperationException($"The file {name} of the page is not in the assembly.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    });

    public static string Text(string name) => Encoding.UTF8.GetString(Bytes(name));
}

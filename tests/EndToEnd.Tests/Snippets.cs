using System.Text;
using System.Text.RegularExpressions;
using SelfProfiler.TestKit;

namespace SelfProfiler.EndToEnd.Tests;

/// <summary>The C# of the documentation.</summary>
internal static partial class Snippets
{
    public static string[] Of(string page) =>
        [.. Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(block => block.Groups[1].Value)];

    /// <summary>A file with one method for each: what the text around a snippet supposes to be there comes as a parameter.</summary>
    public static string AsMethods(IEnumerable<string> snippets)
    {
        var usings = new StringBuilder("using SelfProfiler;\n");
        var methods = new StringBuilder();
        var types = new StringBuilder();
        foreach (string snippet in snippets)
        {
            if (snippet.Contains("AddOpenTelemetry()", StringComparison.Ordinal))
            {
                continue; // needs packages of others
            }

            string code = Using().Replace(snippet, line =>
            {
                usings.Append(line.Value);
                return "";
            });
            int type = code.IndexOf("sealed class ", StringComparison.Ordinal);
            types.Append(type < 0 ? "" : code[type..]);
            code = type < 0 ? code : code[..type];
            string start = code.TrimStart().StartsWith('.') ? "builder.Services.AddContinuousProfiling()" : "";
            string parameters = code.Contains("var builder =", StringComparison.Ordinal) ? "string[] args" : "WebApplicationBuilder builder, string tenantId, Func<Task> ImportAsync";
            methods.Append("static async Task Snippet").Append(methods.Length).Append('(').Append(parameters).Append(") {\n")
                .Append(start).Append(code).Append(start.Length > 0 ? ";" : "").Append("await Task.CompletedTask; }\n");
        }

        string distinct = string.Join('\n', usings.ToString().Split('\n').Distinct());
        return $"#pragma warning disable\n{distinct}\nstatic class Snippets {{\n{methods}}}\n{types}";
    }

    [GeneratedRegex("^```csharp\r?\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using [\w.]+;\r?\n", RegexOptions.Multiline)]
    private static partial Regex Using();
}

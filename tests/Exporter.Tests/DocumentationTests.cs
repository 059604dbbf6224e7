using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests;

/// <summary>The examples of docs/exporting.md name what there is.</summary>
public partial class DocumentationTests
{
    private static readonly string _page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "exporting.md"));

    [Fact]
    public void Every_exporter_and_option_of_an_example_exists()
    {
        var seen = new HashSet<string>();
        foreach (Match block in CodeBlock().Matches(_page))
        {
            // From one exporter's name to the next: the options between them are its own.
            foreach (Match call in Call().Matches(block.Value))
            {
                var method = typeof(ExporterBuilderExtensions).GetMethod(call.Groups["method"].Value);
                Assert.True(method is not null, call.Value);
                seen.Add(method.Name);
                var options = method.GetParameters()[1].ParameterType.GetGenericArguments()[0];
                foreach (Match option in Option().Matches(call.Groups["rest"].Value))
                {
                    var name = option.Groups[1].Value;
                    Assert.True(options.GetProperty(name) is not null || options.GetMethod(name) is not null, $"{options.Name}.{name}");
                }
            }
        }

        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public void Every_option_of_the_profiler_in_an_example_exists()
    {
        var named = ProfilerOption().Matches(_page).Select(match => match.Groups[1].Value).Distinct().ToArray();

        Assert.True(named.Length >= 3);
        Assert.All(named, name => Assert.NotNull(typeof(ContinuousProfilingOptions).GetProperty(name)));
    }

    [Fact]
    public void Every_exporter_has_an_example_of_its_own()
    {
        foreach (var method in typeof(ExporterBuilderExtensions).GetMethods().Where(method => method.Name.StartsWith("Add", StringComparison.Ordinal)))
        {
            Assert.Contains($"builder.Services.AddContinuousProfiling().{method.Name}(", _page, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("```csharp.*?```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"\.(?<method>Add\w+Exporter)\((?<rest>.*?)(?=\.Add\w+Exporter\(|```)", RegexOptions.Singleline)]
    private static partial Regex Call();

    [GeneratedRegex(@"\be\.(\w+)")]
    private static partial Regex Option();

    [GeneratedRegex(@"\bo\.(\w+)")]
    private static partial Regex ProfilerOption();
}

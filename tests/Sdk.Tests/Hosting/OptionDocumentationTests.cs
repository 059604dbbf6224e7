using System.Reflection;
using System.Xml.Linq;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

/// <summary>What an editor shows of an option tells what it may be: a value out of range stops the start.</summary>
public sealed class OptionDocumentationTests
{
    private static readonly Type[] _groups =
        [typeof(ContinuousProfilingOptions), typeof(LabelOptions), typeof(DutyOptions), typeof(BoostOptions), typeof(TriggerOptions), typeof(HistoryOptions)];

    private static readonly Dictionary<string, XElement> _documented = XDocument
        .Load(Path.ChangeExtension(typeof(ContinuousProfilingOptions).Assembly.Location, ".xml"))
        .Descendants("member")
        .ToDictionary(member => member.Attribute("name")!.Value);

    public static TheoryData<string> Options => [.. _groups
        .SelectMany(group => group.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        .Where(option => !_groups.Contains(option.PropertyType))
        .Select(option => $"{option.DeclaringType!.Name}.{option.Name}")];

    [Theory, MemberData(nameof(Options))]
    public void Every_option_tells_its_default_and_its_range(string option)
    {
        var property = _groups.Single(group => option.StartsWith(group.Name + ".", StringComparison.Ordinal)).GetProperty(option[(option.IndexOf('.', StringComparison.Ordinal) + 1)..])!;
        string value = _documented["P:SelfProfiler." + option].Element("value")?.Value ?? "";
        Assert.StartsWith("The default is ", value, StringComparison.Ordinal);

        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(int) || type == typeof(double) || type == typeof(TimeSpan) || option is "TriggerOptions.RouteP95" or "ContinuousProfilingOptions.DiagnosticsToken")
        {
            Assert.Matches("(at least|at most|from) .*[0-9]|[0-9].* or more", value);
        }
    }
}

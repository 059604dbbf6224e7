using System.Text.Json;

namespace SelfProfiler.Serve.Ui;

/// <summary>Writes a flame graph as the page reads it: arrays of numbers, every function once.</summary>
/// <remarks>The default encoder escapes angle brackets and quotes, so the text may also stand inside a page (<see cref="FlameHtml"/>).</remarks>
internal static class FlameJson
{
    public static void Write(Profile profile, Stream output)
    {
        var data = profile.Data;
        var tree = FlameTree.Of(data);
        var (type, unit) = data.SampleTypes[^1];
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("program", data.Program);
        json.WriteString("type", type);
        json.WriteString("unit", unit);
        json.WriteNumber("start", data.Start.ToUnixTimeMilliseconds());
        json.WriteNumber("duration", Math.Round(data.Duration.TotalMilliseconds));
        json.WriteBoolean("cumulative", data.Cumulative);
        json.WriteNumber("count", data.Samples.Take(data.FirstBaseSample ?? data.Samples.Length).Sum(sample => sample.Count));
        json.WriteNumber("pruned", tree.Pruned);
        json.WriteStartArray("comments");
        foreach (string comment in data.Comments)
        {
            json.WriteStringValue(comment);
        }

        json.WriteEndArray();
        json.WriteStartArray("functions");
        foreach (var function in tree.Functions)
        {
            json.WriteStartArray();
            json.WriteStringValue(function.Name);
            json.WriteStringValue(function.Module);
            json.WriteStringValue(Path.GetFileName(function.File));
            json.WriteNumberValue(function.Line);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        Numbers(json, "depth", tree, node => node.Depth);
        Numbers(json, "fn", tree, node => Math.Max(0, node.Function));
        Numbers(json, "self", tree, node => node.Self);
        Numbers(json, "total", tree, node => node.Total);
        if (tree.IsDifference)
        {
            Numbers(json, "base", tree, node => node.Base);
        }

        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json, string name, FlameTree tree, Func<FlameNode, long> number)
    {
        json.WriteStartArray(name);
        foreach (var node in tree.Nodes)
        {
            json.WriteNumberValue(number(node));
        }

        json.WriteEndArray();
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;

namespace SelfProfiler.Encode;

/// <summary>Writes a profile as a speedscope file: one sampled profile per value, the last one shown first.</summary>
/// <remarks><see href="https://github.com/jlfwong/speedscope/blob/main/src/lib/file-format-spec.ts"/></remarks>
internal static class SpeedscopeEncoder
{
    private const int FlushAt = 64 * 1024;

    public static void Write(Profile profile, Stream output) => Write(profile.Data, output);

    public static void Write(ProfileData data, Stream output)
    {
        var tables = new ProfileTables(data);
        // The relaxed encoder leaves the angle brackets of generics readable; the result is a file, never part of a page.
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("$schema", "https://www.speedscope.app/file-format-schema.json");
        json.WriteString("name", data.Program.Length == 0 ? data.Kind.ToString() : $"{data.Program} {data.Kind}");
        json.WriteString("exporter", "SelfProfiler");
        json.WriteNumber("activeProfileIndex", data.SampleTypes.Length - 1);
        WriteFrames(tables, json);
        json.WriteStartArray("profiles");
        for (var type = 0; type < data.SampleTypes.Length; type++)
        {
            WriteProfile(data, tables, type, json);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFrames(ProfileTables tables, Utf8JsonWriter json)
    {
        json.WriteStartObject("shared");
        json.WriteStartArray("frames");
        foreach (var location in tables.Locations)
        {
            var function = tables.Functions[location.Function];
            json.WriteStartObject();
            json.WriteString("name", tables.Strings[function.Name]);
            if (function.File != 0)
            {
                json.WriteString("file", tables.Strings[function.File]);
            }

            if (location.Line > 0)
            {
                json.WriteNumber("line", location.Line);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteProfile(ProfileData data, ProfileTables tables, int type, Utf8JsonWriter json)
    {
        var values = StackValues.Of(data, type);
        json.WriteStartObject();
        json.WriteString("type", "sampled");
        json.WriteString("name", data.SampleTypes[type].Type);
        json.WriteString("unit", data.SampleTypes[type].Unit is "nanoseconds" or "bytes" ? data.SampleTypes[type].Unit : "none");
        json.WriteNumber("startValue", 0);
        json.WriteNumber("endValue", values.Sum());
        json.WriteStartArray("samples");
        var nodes = new List<int>();
        for (var leaf = 0; leaf < values.Length; leaf++)
        {
            if (values[leaf] > 0)
            {
                WriteStack(data, tables, leaf, nodes, json);
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("weights");
        for (var leaf = 0; leaf < values.Length; leaf++)
        {
            if (values[leaf] > 0)
            {
                json.WriteNumberValue(values[leaf]);
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteStack(ProfileData data, ProfileTables tables, int leaf, List<int> nodes, Utf8JsonWriter json)
    {
        StackValues.Walk(data, leaf, nodes);
        json.WriteStartArray();
        if (leaf == 0)
        {
            json.WriteNumberValue(tables.Node[0] - 1);
        }

        foreach (var node in nodes)
        {
            json.WriteNumberValue(tables.Node[node] - 1);
        }

        json.WriteEndArray();
        if (json.BytesPending > FlushAt)
        {
            json.Flush();
        }
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SelfProfiler.Exporter.Files;

/// <summary>Writes a profile and its metadata so that a reader never sees half a file, nor a profile without its metadata.</summary>
internal sealed partial class ProfileFiles(string directory, ProfileFormat format)
{
    /// <summary>Every file of ours begins so.</summary>
    public const string Prefix = "profile-";

    public const string MetadataSuffix = ".json";

    public const string UnfinishedSuffix = ".tmp";

    /// <summary>It has a name as <see cref="Write"/> gives: nothing else in the directory is ever deleted, be it called profile-before.pb.gz.</summary>
    public static bool IsOurs(string file) => Ours().IsMatch(file);

    [GeneratedRegex(@"^profile-[A-Za-z0-9._]+-[A-Za-z0-9._]+-\d{8}T\d{6}\.\d{3}Z-[a-z]+\.(pb\.gz|folded\.txt|speedscope\.json)(\.json)?(\.tmp)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Ours();

    /// <returns>Bytes written.</returns>
    public long Write(ProfileExport export)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, NameOf(export));
        return WriteWhole(path + MetadataSuffix, stream => WriteMetadata(export, Path.GetFileName(path), stream))
            + WriteWhole(path, stream => export.Profile.WriteTo(stream, format));
    }

    private string NameOf(ProfileExport export)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Prefix}{Clean(export.Source.Service)}-{Clean(export.Source.Instance, 8)}-{export.Profile.Start.UtcDateTime:yyyyMMdd'T'HHmmss'.'fff'Z'}-{export.Profile.Kind.ToString().ToLowerInvariant()}");
        return name + format switch
        {
            ProfileFormat.Pprof => ".pb.gz",
            ProfileFormat.Folded => ".folded.txt",
            _ => ".speedscope.json",
        };
    }

    private static string Clean(string text, int length = 64)
    {
        var clean = new StringBuilder(length);
        foreach (var c in text.AsSpan(0, Math.Min(length, text.Length)))
        {
            clean.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '_');
        }

        return clean.Length == 0 ? "_" : clean.ToString();
    }

    private static long WriteWhole(string path, Action<Stream> write)
    {
        try
        {
            long length;
            using (var file = new FileStream(path + UnfinishedSuffix, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                write(file);
                length = file.Length;
            }

            File.Move(path + UnfinishedSuffix, path, overwrite: true);
            return length;
        }
        catch
        {
            File.Delete(path + UnfinishedSuffix);
            throw;
        }
    }

    private static void WriteMetadata(ProfileExport export, string file, Stream stream)
    {
        var profile = export.Profile;
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("file", file);
        json.WriteString("kind", profile.Kind.ToString().ToLowerInvariant());
        json.WriteString("service", export.Source.Service);
        json.WriteString("version", export.Source.Version);
        json.WriteString("environment", export.Source.Environment);
        json.WriteString("host", export.Source.Host);
        json.WriteString("instance", export.Source.Instance);
        json.WriteString("commit", export.Source.Commit);
        json.WriteString("start", profile.Start);
        json.WriteNumber("durationSeconds", profile.Duration.TotalSeconds);
        json.WriteNumber("samples", profile.Sum(0));
        json.WriteNumber("lost", export.Lost);
        json.WriteStartArray("values");
        for (var i = 0; i < profile.SampleTypes.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("type", profile.SampleTypes[i].Type);
            json.WriteString("unit", profile.SampleTypes[i].Unit);
            json.WriteNumber("sum", profile.Sum(i));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("comments");
        foreach (var comment in profile.Data.Comments)
        {
            json.WriteStringValue(comment);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}

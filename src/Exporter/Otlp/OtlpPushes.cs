using System.IO.Compression;
using Google.Protobuf;
using SelfProfiler.Encode;
using SelfProfiler.Exporter.Otlp.Wire;
using SelfProfiler.Exporter.Push;
using SelfProfiler.Exporter.Series;

namespace SelfProfiler.Exporter.Otlp;

/// <summary>Profiles as OTLP/HTTP requests, within what Pyroscope and Parca both accept.</summary>
/// <remarks>
/// Read from opentelemetry-proto ac2c4b5, grafana/pyroscope 3fe6a457 and parca-dev/parca 3b5647c (all 2026): plain keys and
/// string values, never indexes of strings, in attributes of the resource; a resource and a scope, always; one value for each
/// sample; an empty link at 0.
/// </remarks>
internal sealed class OtlpPushes(OtlpProfileExporterOptions options)
{
    // Receivers commonly allow 4 MiB after decompression.
    private const int MostSamples = 10_000;
    private const long MostBytes = 3_500_000;

    private readonly BoundedLabels _bounds = new(options.MaxLabelValues);

    public IReadOnlyList<ExporterLoss> Losses => _bounds.Losses;

    public IEnumerable<PushRequest> Encode(ProfileExport export)
    {
        var message = new OtlpMessage(ResourceOf(export.Source), _bounds, new FrameCatalog(export.Profile.Data.Frames));
        using var body = new MemoryStream();
        foreach (var slice in ProfileParts.Slices(export.Profile.Data, MostSamples))
        {
            var rest = new Stack<ProfileData>([slice]);
            while (rest.TryPop(out var piece))
            {
                message.Build(piece);
                if (message.Length > MostBytes && piece.Samples.Length > 1)
                {
                    ProfileParts.Halve(piece, rest);
                }
                else
                {
                    yield return new PushRequest(options.Path, "application/x-protobuf", options.Gzip, Body(message, body));
                }
            }
        }
    }

    public static ExportResult Judge(PushAnswer answer)
    {
        ExportProfilesServiceResponse? response = null;
        var result = PushAnswers.Judge(
            "The OTLP receiver",
            answer,
            status => status is 429 or 502 or 503 or 504,
            taken => taken.ContentType is "application/x-protobuf" or "application/protobuf" && TryParse(taken.Body, out response));
        return response?.PartialSuccess is { RejectedProfiles: > 0 } partial
            ? new ExportResult(ExportOutcome.Rejected, $"The OTLP receiver refused {partial.RejectedProfiles} profiles: {partial.ErrorMessage}")
            : result;
    }

    private byte[] Body(OtlpMessage message, MemoryStream buffer)
    {
        buffer.SetLength(0);
        if (options.Gzip)
        {
            using var gzip = new GZipStream(buffer, CompressionLevel.Fastest, leaveOpen: true);
            message.WriteTo(gzip);
        }
        else
        {
            message.WriteTo(buffer);
        }

        return buffer.ToArray();
    }

    private Resource ResourceOf(ProfileSource source)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["service.name"] = source.Service,
            ["service.version"] = source.Version,
            ["service.instance.id"] = source.Instance,
            ["deployment.environment.name"] = source.Environment,
            ["host.name"] = source.Host,
            ["vcs.ref.head.revision"] = source.Commit,
            ["process.runtime.name"] = ".NET",
            ["process.runtime.version"] = Environment.Version.ToString(),
            ["telemetry.sdk.name"] = "selfprofiler",
            ["telemetry.sdk.language"] = "dotnet",
        };
        foreach (var (key, value) in options.ResourceAttributes.Concat(options.Labels))
        {
            attributes.TryAdd(key, value);
        }

        var resource = new Resource();
        resource.Attributes.AddRange(attributes
            .Where(attribute => attribute.Key.Length > 0 && attribute.Value.Length > 0)
            .Select(attribute => new KeyValue { Key = attribute.Key, Value = new AnyValue { StringValue = attribute.Value } }));
        return resource;
    }

    private static bool TryParse(byte[] body, out ExportProfilesServiceResponse? response)
    {
        try
        {
            response = ExportProfilesServiceResponse.Parser.ParseFrom(body);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            response = null;
            return false;
        }
    }
}

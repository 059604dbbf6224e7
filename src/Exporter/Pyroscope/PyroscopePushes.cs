using Google.Protobuf;
using SelfProfiler.Exporter.Push;
using SelfProfiler.Exporter.Pyroscope.Wire;
using SelfProfiler.Exporter.Series;

namespace SelfProfiler.Exporter.Pyroscope;

/// <summary>Profiles as pushes of Pyroscope's <c>PusherService</c>: one series each, because a failed push of several may have stored some of them.</summary>
/// <remarks>The limits are the server's defaults, read from grafana/pyroscope 3fe6a457 (August 2026).</remarks>
internal sealed class PyroscopePushes(PyroscopeExporterOptions options, TimeProvider time)
{
    private const string Path = "/push.v1.PusherService/Push";
    private const int MostSamples = 16_000;

    // A request above the rate limiter's burst of 2 MiB (decompressed) can never pass; labels count too.
    private const long MostBytes = 1_900_000;

    // Refused when the beginning is an hour old; what cannot arrive in time is not sent.
    public static readonly TimeSpan Oldest = TimeSpan.FromMinutes(59);

    // The rest of the hour is for what fails and is tried again.
    public static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(30);

    // An interval, whatever its name: the server must not subtract the one before.
    private static readonly KeyValuePair<string, string>[] _ours = [new("__delta__", "false"), new("pyroscope_spy", "selfprofiler")];

    private readonly BoundedLabels _bounds = new(options.MaxLabelValues);

    public IReadOnlyList<ExporterLoss> Losses => _bounds.Losses;

    public IEnumerable<PushRequest> Encode(ProfileExport export)
    {
        if (options.ApplicationName is { Length: > 0 } name)
        {
            export = export with { Source = export.Source with { Service = name } };
        }

        using var parts = new ProfileParts(MostSamples, MostBytes);
        foreach (var series in SeriesSplit.Split(export.Profile.Data, _bounds, rootSpans: true))
        {
            var labels = Labels(export, series);
            foreach (var file in parts.Encode(series.Data))
            {
                var message = new SeriesRequest { Series = { new RawProfileSeries { Labels = { labels } } } };
                message.Series[0].Samples.Add(new RawSample { RawProfile = UnsafeByteOperations.UnsafeWrap(file), ID = Guid.NewGuid().ToString() });
                yield return new PushRequest(Path, "application/proto", Gzip: false, message.ToByteArray());
            }
        }
    }

    public ExportResult? Refuse(ProfileExport export) => time.GetUtcNow() - export.Profile.Start > Oldest
        ? new ExportResult(ExportOutcome.Rejected, "Pyroscope takes no profile that began more than an hour ago.")
        : null;

    public static ExportResult Judge(PushAnswer answer) => PushAnswers.Judge(
        "Pyroscope",
        answer,
        // 500 too: one series is stored or not; its other causes (a profile it cannot read) end with the number of attempts.
        status => status is 408 or 429 or >= 500,
        taken => taken.ContentType is "application/proto" && IsMessage(taken.Body));

    private IEnumerable<LabelPair> Labels(ProfileExport export, ProfileSeries series) =>
        SeriesLabels.Of(SeriesLabels.NameOf(export.Profile.Kind), export.Source, _ours.Concat(options.Labels), series.Labels)
            .Select(label => new LabelPair { Name = label.Key, Value = label.Value });

    private static bool IsMessage(byte[] body)
    {
        try
        {
            SeriesResponse.Parser.ParseFrom(body);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}

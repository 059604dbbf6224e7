using System.IO.Compression;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using SelfProfiler.Exporter.Tests.Wire.Otlp;
using OtlpProfile = SelfProfiler.Exporter.Tests.Wire.Otlp.Profile;

namespace SelfProfiler.Exporter.Tests.Receivers;

/// <summary>A sample that arrived as OTLP: frames leaf first.</summary>
internal sealed record OtlpRow(string[] Frames, long Value, string TraceId, string SpanId, IReadOnlyDictionary<string, string> Attributes);

/// <summary>A profile that arrived as OTLP.</summary>
internal sealed record OtlpReceived(long Time, IReadOnlyDictionary<string, string> Resource, string Scope, string SampleType, string PeriodType, OtlpRow[] Rows);

/// <summary>The rules of OTLP profiles that Pyroscope, Parca and the collector check between them.</summary>
internal sealed class OtlpReceiver : Receiver
{
    private readonly List<OtlpReceived> _taken = [];

    public OtlpReceived[] Taken => Copy(_taken);

    /// <summary>Answered with status 200 and this many profiles refused.</summary>
    public int RejectsOf { get; set; }

    protected override void Take(HttpRequest request, byte[] body)
    {
        Rule(request.Method == "POST" && request.Path == "/v1development/profiles", "The path is the signal's.", 404);
        Rule(request.ContentType is "application/x-protobuf" or "application/protobuf", "The content type has no parameters.", 415);
        if (request.Headers.ContentEncoding == "gzip")
        {
            using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
            using var plain = new MemoryStream();
            gzip.CopyTo(plain);
            body = plain.ToArray();
        }

        Rule(body.Length < 4 * 1024 * 1024, "Receivers often allow no more than 4 MiB.", 413);
        var message = Request.Parser.ParseFrom(body);
        Rule(message.Dictionary is not null && message.ResourceProfiles.Count > 0, "A dictionary and profiles.");
        OtlpRules.CheckDictionary(message.Dictionary!);
        foreach (var resource in message.ResourceProfiles)
        {
            var attributes = OtlpRules.PlainAttributes(resource.Resource);
            foreach (var scope in resource.ScopeProfiles)
            {
                Rule(scope.Scope is { Name.Length: > 0 }, "A scope with a name.");
                Rule(scope.Profiles.Count > 0, "A scope has profiles.");
                foreach (var profile in scope.Profiles)
                {
                    _taken.Add(Resolve(profile, message.Dictionary!, attributes, scope.Scope!.Name));
                }
            }
        }
    }

    protected override async Task AnswerTakenAsync(HttpResponse response)
    {
        response.ContentType = "application/x-protobuf";
        await response.Body.WriteAsync(new Response
        {
            PartialSuccess = RejectsOf > 0 ? new PartialSuccess { RejectedProfiles = RejectsOf, ErrorMessage = "no such tenant" } : null,
        }.ToByteArray());
    }

    private static OtlpReceived Resolve(OtlpProfile profile, Dictionary dictionary, Dictionary<string, string> resource, string scope)
    {
        Rule(profile.SampleType is not null && profile.PeriodType is not null && profile.Period != 0, "A sample type, and a period with a type.");
        Rule(profile.Samples.Count > 0, "At least one sample.");
        Rule(profile.TimeUnixNano > 0 && profile.ProfileId.Length is 0 or 16, "A time, and an id of 16 bytes or none.");
        var identities = new HashSet<string>();
        foreach (var sample in profile.Samples)
        {
            Rule(sample.Values.Count == 1 && sample.TimestampsUnixNano.Count == 0, "Exactly one value.");
            Rule(sample.Values[0] > 0, "Values are positive.");
            Rule(sample.StackIndex > 0 && sample.StackIndex < dictionary.StackTable.Count, "The stack exists.");
            Rule(sample.LinkIndex >= 0 && sample.LinkIndex < dictionary.LinkTable.Count, "The link exists.");
            Rule(identities.Add($"{sample.StackIndex}/{sample.LinkIndex}/{string.Join(',', sample.AttributeIndices.Order())}"), "A profile holds each identity once.");
        }

        return new OtlpReceived(
            (long)profile.TimeUnixNano,
            resource,
            scope,
            OtlpRules.TypeOf(profile.SampleType!, dictionary),
            OtlpRules.TypeOf(profile.PeriodType!, dictionary),
            [.. profile.Samples.Select(sample => OtlpRules.RowOf(sample, dictionary))]);
    }
}

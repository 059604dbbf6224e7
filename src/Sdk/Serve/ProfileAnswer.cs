using SelfProfiler.Encode;
using SelfProfiler.Serve.Ui;

namespace SelfProfiler.Serve;

/// <summary>Turns a profile into the answer that was asked for: content type, file name and body.</summary>
internal sealed class ProfileAnswer(ServedProfiler profiler)
{
    /// <summary>Null when the format can be written, otherwise why not.</summary>
    public PprofResponse? Unsupported(ServedFormat format) => format switch
    {
        ServedFormat.Svg when profiler.Svg is null => NotYet("svg"),
        ServedFormat.Html when profiler.Html is null => NotYet("html"),
        _ => null,
    };

    /// <summary>Status and headers, and the body when there is a profile (HEAD has none).</summary>
    public PprofResponse Make(ServedKind kind, PprofQuery query, Profile? profile)
    {
        var name = query.Seconds is not null && kind.Default is null ? kind.Name + "-delta" : kind.Name;
        if (query.Debug != 0)
        {
            var dump = query.Debug > 1 && kind.Kind == ProfileKind.Threads;
            return Answer(PprofResponse.Text, null, profile, (p, stream) => Text(p, kind.Name, stream, dump));
        }

        return query.Format switch
        {
            ServedFormat.Folded => Answer(PprofResponse.Text, name + ".folded", profile, FoldedEncoder.Write),
            ServedFormat.Speedscope => Answer("application/json", name + ".speedscope.json", profile, SpeedscopeEncoder.Write),
            ServedFormat.Flame => Answer("application/json", null, profile, FlameJson.Write),
            ServedFormat.Svg => Answer("image/svg+xml", null, profile, profiler.Svg!),
            ServedFormat.Html => Answer("text/html; charset=utf-8", null, profile, profiler.Html!),
            _ => Answer(PprofResponse.Binary, name, profile, PprofEncoder.Write),
        };
    }

    /// <summary>Adds the kind's sentence to a profile, which itself never changes.</summary>
    public static Profile Commented(Profile profile, string? comment) =>
        comment is null ? profile : profile.WithComments([.. profile.Data.Comments, comment]);

    private static void Text(Profile profile, string name, Stream stream, bool dump)
    {
        if (dump)
        {
            StackDumpEncoder.Write(profile, name, stream);
        }
        else
        {
            TextEncoder.Write(profile, name, stream);
        }
    }

    private static PprofResponse Answer(string contentType, string? file, Profile? profile, Action<Profile, Stream> encode)
    {
        var response = PprofResponse.Of(contentType, default);
        if (file is not null)
        {
            response = response.With("Content-Disposition", $"attachment; filename=\"{file}\"");
        }

        // Scripts and styles of a stand-alone graph are inline; nothing may come from or go to anywhere else.
        if (contentType.StartsWith("image/", StringComparison.Ordinal) || contentType.StartsWith("text/html", StringComparison.Ordinal))
        {
            response = response.With("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'");
        }

        return profile is null ? response : response with { Write = (stream, _) => encode(profile, stream) };
    }

    private static PprofResponse NotYet(string format) =>
        PprofResponse.Error(501, $"format={format} does not exist in this version: use format=folded or format=speedscope, or open the pprof with \"go tool pprof -http=:\".");
}

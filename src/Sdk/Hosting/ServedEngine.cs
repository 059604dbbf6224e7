using SelfProfiler.Serve;
using SelfProfiler.Serve.Ui;

namespace SelfProfiler.Hosting;

/// <summary>Shows a host's profiler to the endpoint.</summary>
internal static class ServedEngine
{
    public static ServedProfiler Of(ProfilerHost host) => new()
    {
        Collect = (query, cancellationToken) => Answer(() => query.Duration is { } duration || query.Kind == ProfileKind.Threads
            ? host.Capture(query.Kind, query.Duration ?? TimeSpan.Zero, query.Filter, cancellationToken, query.Ticks)
            : host.Cumulative(query.Kind, query.Filter, cancellationToken)),
        CollectAsync = (query, cancellationToken) => AnswerAsync(() => query.Duration is { } duration || query.Kind == ProfileKind.Threads
            ? host.CaptureAsync(query.Kind, query.Duration ?? TimeSpan.Zero, query.Filter, cancellationToken, query.Ticks)
            : host.CumulativeAsync(query.Kind, query.Filter, cancellationToken)),
        Status = () => StatusOf(host),
        Enabled = () => host.Enabled,
        SetEnabled = host.SetEnabled,
        Boost = host.Boost,
        Trace = (duration, stream, cancellationToken) => Answer(() =>
        {
            host.BeginTrace(duration).CopyTo(stream, cancellationToken);
            return true;
        }),
        TraceAsync = (duration, stream, cancellationToken) => AnswerAsync(async () =>
        {
            await host.BeginTrace(duration).CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
            return true;
        }),
        Svg = FlameSvg.Write,
        Html = FlameHtml.Write,
        Pages = PagesOf(host),
        History = host.Options.HistoryMegabytes == 0 ? null : (query, _) => Answer(() => PastOf(host, query)),
    };

    private static Func<PprofRequest, CancellationToken, PprofResponse?> PagesOf(ProfilerHost host)
    {
        var pages = new UiPages(new UiSource(
            () => host.History,
            () => host.Labels?.Requests.Recent(),
            route => host.Labels?.Texts.Route(route))
        {
            Routes = () => host.Engine?.Routes.Read(),
            TraceLink = () => host.Options.TraceLink,
        });
        return (request, _) => pages.Answer(request);
    }

    private static Profile PastOf(ProfilerHost host, ProfileQuery query) => query.Kind == ProfileKind.Threads
        ? throw new PprofRefusal(400, "Threads are looked at now, not in history: leave out \"from\".")
        : host.Past(query.Kind, query.Filter, query.From, query.To);

    private static T Answer<T>(Func<T> collect)
    {
        try
        {
            return collect();
        }
        catch (InvalidOperationException exception)
        {
            throw RefusalOf(exception);
        }
    }

    private static async Task<T> AnswerAsync<T>(Func<Task<T>> collect)
    {
        try
        {
            return await collect().ConfigureAwait(false);
        }
        catch (InvalidOperationException exception)
        {
            throw RefusalOf(exception);
        }
    }

    private static PprofRefusal RefusalOf(InvalidOperationException exception) =>
        new(exception is TooManyCapturesException ? 429 : 503, exception.Message);

    private static ServedStatus StatusOf(ProfilerHost host)
    {
        var status = host.Status();
        return new ServedStatus(StatusLines.Of(status, host.UsualBudget), status.Losses, host.Counts());
    }
}

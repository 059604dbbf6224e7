using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace SelfProfiler.Exporter.Push;

/// <summary>Sends pushes to one server and says what became of each; never throws, never tells a credential.</summary>
internal sealed class PushClient : IDisposable
{
    private const int LongestAnswer = 8 * 1024;

    private readonly HttpClient _http;
    private readonly HttpExporterOptions _options;
    private readonly Func<PushAnswer, ExportResult> _judge;
    private readonly string _endpoint;
    private readonly AuthenticationHeaderValue? _authorization;
    private readonly Secrets _secrets;

    public PushClient(HttpExporterOptions options, Func<PushAnswer, ExportResult> judge)
    {
        _options = options;
        _judge = judge;
        _endpoint = options.Endpoint!.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        _authorization = Authorization(options);
        _secrets = Secrets.Of(options);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // credentials do not follow redirects
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // a new address in DNS is found
            MaxConnectionsPerServer = 1,
            ActivityHeadersPropagator = null, // no activity, no traceparent: the application's traces know nothing of us
        };
        options.HandlerSettings?.Invoke(handler);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <param name="push">What to send.</param>
    /// <param name="starting">Called when a connection stands and the body is about to leave; what it throws ends the attempt safely.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask<ExportResult> SendAsync(PushRequest push, Action? starting, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_options.Timeout);
        using var content = new PushContent(push, starting);
        try
        {
            using var request = Request(push, content);
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token).ConfigureAwait(false);
            var answer = await ReadAsync(response, deadline.Token).ConfigureAwait(false);
            var result = _judge(answer);
            return result with { Reason = result.Reason is null ? null : _secrets.Hide(result.Reason), RetryAfter = result.RetryAfter ?? answer.RetryAfter };
        }
        catch (Exception exception)
        {
            return Failure(exception, content.Started, cancellationToken.IsCancellationRequested);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(PushRequest push, PushContent content)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, _endpoint + push.Path) { Content = content };
        request.Headers.Authorization = _authorization;
        request.Headers.UserAgent.ParseAdd("SelfProfiler");
        foreach (var (name, value) in _options.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static async ValueTask<PushAnswer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = new byte[LongestAnswer];
        var length = 0;
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }

        var retry = response.Headers.RetryAfter;
        return new PushAnswer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType ?? "",
            body[..length],
            retry?.Delta ?? (retry?.Date is { } date ? date - DateTimeOffset.UtcNow : null));
    }

    // Before the first byte of the body left, the server cannot have the push. After it, it may: a profile that is counted
    // twice is worse than one that is missing, so such a push is not repeated.
    private ExportResult Failure(Exception exception, bool started, bool stopping)
    {
        var what = exception switch
        {
            OperationCanceledException when stopping => "the process stopped",
            OperationCanceledException => string.Create(null, $"no answer within {_options.Timeout.TotalSeconds:0.###} s"),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the name of the server is unknown",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } tls => $"no trusted connection ({(tls.InnerException ?? tls).Message})",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } connect => $"no connection ({(connect.InnerException ?? connect).Message})",
            _ => $"{exception.GetType().Name}: {exception.Message}",
        };
        var reason = _secrets.Hide($"{_endpoint}: {what.TrimEnd('.')}.");
        return started
            ? new ExportResult(ExportOutcome.Rejected, reason + " The server may have the profile, so it is not sent again.")
            : new ExportResult(ExportOutcome.Retry, reason);
    }

    private static AuthenticationHeaderValue? Authorization(HttpExporterOptions options)
    {
        // An address may carry "user:password@": it goes into the header, and nowhere else.
        var user = options.Endpoint!.UserInfo;
        return options switch
        {
            { BearerToken: { } token } => new AuthenticationHeaderValue("Bearer", token),
            { BasicAuthUser: { } name } => Basic($"{name}:{options.BasicAuthPassword}"),
            _ => user.Length == 0 ? null : Basic(Uri.UnescapeDataString(user)),
        };

        static AuthenticationHeaderValue Basic(string pair) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }
}

/// <summary>The body of a push, which knows whether any of it has left.</summary>
internal sealed class PushContent : HttpContent
{
    private readonly PushRequest _push;
    private readonly Action? _starting;

    public PushContent(PushRequest push, Action? starting)
    {
        _push = push;
        _starting = starting;
        Headers.TryAddWithoutValidation("Content-Type", push.ContentType);
        if (push.Gzip)
        {
            Headers.ContentEncoding.Add("gzip");
        }
    }

    public bool Started { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _starting?.Invoke();
        Started = true;
        return stream.WriteAsync(_push.Body, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _push.Body.Length;
        return true;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SelfProfiler.Exporter.Tests.Receivers;

/// <summary>A rule of a server that a request broke, with the status the server answers.</summary>
internal sealed class RefusedException(int status, string rule) : Exception(rule)
{
    public int Status => status;
}

/// <summary>A server on this machine that checks requests as a backend does, and remembers what it took and what it refused.</summary>
internal abstract class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly List<string> _refused = [];

    protected Receiver(string address = "http://127.0.0.1:0")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(address);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 256 * 1024 * 1024);
        _app = builder.Build();
        _app.Run(AnswerAsync);
        _app.StartAsync().GetAwaiter().GetResult();
    }

    /// <summary>When set, answers instead of the server, for the faults; returns whether it did.</summary>
    public Func<HttpContext, Task<bool>>? Fault { get; set; }

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public string[] Refused
    {
        get
        {
            lock (_gate)
            {
                return [.. _refused];
            }
        }
    }

    public int Requests { get; private set; }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Checks and remembers; throws <see cref="RefusedException"/> as the server would refuse.</summary>
    protected abstract void Take(HttpRequest request, byte[] body);

    protected abstract Task AnswerTakenAsync(HttpResponse response);

    protected virtual Task AnswerRefusedAsync(HttpResponse response, RefusedException refused)
    {
        response.StatusCode = refused.Status;
        return response.WriteAsJsonAsync(new { code = refused.Status == 401 ? "unauthenticated" : "invalid_argument", message = refused.Message });
    }

    /// <summary>What <see cref="Take"/> has put into a list so far.</summary>
    protected T[] Copy<T>(List<T> taken)
    {
        lock (_gate)
        {
            return [.. taken];
        }
    }

    protected static void Rule(bool holds, string rule, int status = 400)
    {
        if (!holds)
        {
            throw new RefusedException(status, rule);
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        lock (_gate)
        {
            Requests++;
        }

        if (Fault is { } fault && await fault(context))
        {
            return;
        }

        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        try
        {
            lock (_gate)
            {
                Take(context.Request, buffer.ToArray());
            }

            await AnswerTakenAsync(context.Response);
        }
        catch (Exception exception)
        {
            var refused = exception as RefusedException ?? new RefusedException(exception is InvalidDataException ? 400 : 500, exception.Message);
            lock (_gate)
            {
                _refused.Add(refused.Message);
            }

            await AnswerRefusedAsync(context.Response, refused);
        }
    }
}

using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SelfProfiler.Serve;

namespace SelfProfiler.AspNetCore;

/// <summary>Carries requests and answers between ASP.NET Core and the <see cref="PprofHandler"/>.</summary>
internal sealed class PprofEndpoint(PprofHandler handler, string rootSegment)
{
    /// <summary>Mapped by the application: it has decided who may come here.</summary>
    public async Task ServeMappedAsync(HttpContext context)
    {
        string? rest = context.Request.RouteValues["path"] as string;
        string path = !string.IsNullOrEmpty(rest) ? "/" + rest : context.Request.Path.Value!.EndsWith('/') ? "/" : "";
        await AnswerAsync(context, await HandleAsync(context, PprofFront.Mapped, path));
    }

    /// <summary>Mapped by ourselves: whoever is not surely on this machine gets what the application answers.</summary>
    public async Task ServeThisMachineAsync(HttpContext context, PathString path, RequestDelegate next)
    {
        var answer = await HandleAsync(context, PprofFront.Loopback, path.Value ?? "");
        await (ReferenceEquals(answer, PprofResponse.Nothing) ? next(context) : AnswerAsync(context, answer));
    }

    private async Task<PprofResponse> HandleAsync(HttpContext context, PprofFront front, string path)
    {
        var request = context.Request;

        // The transport's own end of the connection. RemoteIpAddress is what UseForwardedHeaders makes of it.
        var peer = context.Features.Get<IConnectionSocketFeature>()?.Socket.RemoteEndPoint;
        var access = AccessFacts.Collect(front, peer, Headers(request)) with { OldHttp = HttpProtocol.IsHttp10(request.Protocol) };
        var admitted = handler.Admit(new PprofRequest
        {
            Method = request.Method,
            Path = path,
            RootSegment = rootSegment,
            Query = request.QueryString.Value ?? "",
            Access = access,
        });

        // Of whom is turned away nothing is read: the application may answer, and wants it.
        if (admitted.Allowed && HttpMethods.IsPost(request.Method))
        {
            admitted = admitted.WithBody(await ReadBodyAsync(request, PprofRequest.MaxBodyOf(path)));
        }

        return await handler.HandleAsync(admitted, context.RequestAborted);
    }

    private static IEnumerable<KeyValuePair<string, string>> Headers(HttpRequest request)
    {
        foreach (var (name, values) in request.Headers)
        {
            foreach (string? value in values)
            {
                yield return new(name, value ?? "");
            }
        }
    }

    /// <summary>One byte more than allowed, so that the handler can tell what is too long.</summary>
    private static async Task<byte[]> ReadBodyAsync(HttpRequest request, int most)
    {
        var body = new MemoryStream();
        byte[] piece = new byte[16 * 1024];
        while (body.Length <= most)
        {
            int read = await request.Body.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, most + 1 - body.Length)), request.HttpContext.RequestAborted);
            if (read == 0)
            {
                break;
            }

            body.Write(piece, 0, read);
        }

        return body.ToArray();
    }

    private async Task AnswerAsync(HttpContext context, PprofResponse answer)
    {
        if (answer.WriteAsync is { } writeAsync)
        {
            Begin(context, answer);
            try
            {
                await writeAsync(context.Response.Body, context.RequestAborted);
                return;
            }
            catch (Exception exception)
            {
                answer = handler.Failure(exception);
                if (context.Response.HasStarted)
                {
                    context.Abort(); // Half a trace went out: only a cut connection tells.
                    return;
                }

                context.Response.Clear();
            }
        }

        // The server allows no synchronous writes, and an encoder that fails must not leave half a profile behind.
        ReadOnlyMemory<byte> content = answer.Content;
        if (answer.Write is { } write)
        {
            var buffer = new MemoryStream();
            try
            {
                write(buffer, context.RequestAborted);
                content = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
            }
            catch (Exception exception)
            {
                answer = handler.Failure(exception);
                content = answer.Content;
            }
        }

        Begin(context, answer);
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private static void Begin(HttpContext context, PprofResponse answer)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        // A profile is gzip already. Response compression leaves alone what has an encoding, also "none".
        if (context.Features.Get<IHttpsCompressionFeature>() is not null && answer.Header("Content-Type") == PprofResponse.Binary)
        {
            context.Response.Headers.ContentEncoding = "identity";
        }
    }
}

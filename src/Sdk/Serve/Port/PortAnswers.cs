namespace SelfProfiler.Serve.Port;

/// <summary>Writes the answers of one connection: whole ones with their length, written ones in chunks, faults with a closed connection.</summary>
internal sealed class PortAnswers(PortContext port, PortOutput output)
{
    public const string Root = "/debug/pprof";

    /// <summary>What a client gets for which there is no place.</summary>
    public static byte[] Full() => Whole(
        PprofResponse.Error(503, "All places of the diagnostics port are taken: try again in a moment."),
        keepAlive: false,
        body: true);

    /// <summary>Lets a client send its body that asks before.</summary>
    public void Continue(HttpHead head)
    {
        if (head.ExpectsContinue)
        {
            output.Begin();
            output.Send("HTTP/1.1 100 Continue\r\n\r\n"u8);
        }
    }

    public void Fault(HttpFault fault)
    {
        if (fault.Status == 408)
        {
            port.Counters.AddTooSlow();
        }
        else
        {
            port.Counters.AddMalformed();
        }

        output.Begin();
        output.Send(Whole(PprofResponse.Error(fault.Status, fault.Sentence), keepAlive: false, body: true));
    }

    /// <summary>What the handler is asked; null for what lies outside of its root.</summary>
    public static PprofRequest? RequestOf(HttpHead head, AccessFacts access)
    {
        var request = new PprofRequest { Method = head.Method, Path = "", Query = head.Query, Access = access };
        if (head.Path == "/")
        {
            // A browser sent to the bare port: the same redirect, one level up.
            return request with { RootSegment = Root[1..] };
        }

        return head.Path == Root || head.Path.StartsWith(Root + "/", StringComparison.Ordinal)
            ? request with { Path = head.Path[Root.Length..] }
            : null;
    }

    /// <param name="head">The request.</param>
    /// <param name="admitted">The same for the handler; null when it is not its business.</param>
    /// <param name="keepAlive">The connection may stay open.</param>
    /// <param name="cancellationToken">The client went away.</param>
    /// <returns>Whether the connection stays open.</returns>
    public bool Answer(HttpHead head, AdmittedRequest? admitted, bool keepAlive, CancellationToken cancellationToken)
    {
        output.Begin();
        var answer = admitted is null
            ? PprofResponse.Error(404, $"This port answers below {Root}/.")
            : port.Handler.Handle(admitted, cancellationToken);
        keepAlive &= !port.Workers.OthersWait;
        if (head.Method == "HEAD" || answer.Write is null)
        {
            output.Send(Whole(answer, keepAlive, head.Method != "HEAD"));
            return keepAlive;
        }

        keepAlive &= head.Version11;
        var stream = new PortResponseStream(output, HttpResponseHead.Make(answer, null, head.Version11, keepAlive), head.Version11);
        try
        {
            answer.Write(stream, cancellationToken);
            stream.Complete();
            return keepAlive;
        }
        catch (Exception exception) when (exception is not ClientGoneException)
        {
            var failure = port.Handler.Failure(exception);
            if (stream.Begun)
            {
                if (exception is not OperationCanceledException)
                {
                    port.Counters.AddFault();
                }

                // Half a profile went out: only a reset tells.
                throw new ClientGoneException(slow: false);
            }

            output.Send(Whole(failure, keepAlive, body: true));
            return keepAlive;
        }
    }

    private static byte[] Whole(PprofResponse answer, bool keepAlive, bool body)
    {
        // HEAD of something that is written, not known: GET would come in chunks, and has no length either.
        long? length = body || answer.Content.Length > 0 || answer.Status != 200 ? answer.Content.Length : null;
        var head = HttpResponseHead.Make(answer, length, chunked: false, keepAlive);
        return body ? [.. head, .. answer.Content.Span] : head;
    }
}

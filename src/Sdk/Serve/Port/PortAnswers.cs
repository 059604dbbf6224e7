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

    /// <returns>Whether the connection stays open.</returns>
    public bool Answer(HttpHead head, byte[] body, AccessFacts access, bool keepAlive, CancellationToken cancellationToken)
    {
        output.Begin();
        var answer = Ask(head, body, access, cancellationToken);
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

    private PprofResponse Ask(HttpHead head, byte[] body, AccessFacts access, CancellationToken cancellationToken)
    {
        var request = new PprofRequest
        {
            Method = head.Method,
            Path = "",
            Query = head.Query,
            Body = body,
            Access = access,
        };
        if (head.Path == "/")
        {
            // A browser sent to the bare port: the same redirect, one level up.
            return port.Handler.Handle(request with { RootSegment = Root[1..] }, cancellationToken);
        }

        if (head.Path != Root && !head.Path.StartsWith(Root + "/", StringComparison.Ordinal))
        {
            return PprofResponse.Error(404, $"This port answers below {Root}/.");
        }

        return port.Handler.Handle(request with { Path = head.Path[Root.Length..] }, cancellationToken);
    }

    private static byte[] Whole(PprofResponse answer, bool keepAlive, bool body)
    {
        // HEAD of something that is written, not known: GET would come in chunks, and has no length either.
        long? length = body || answer.Content.Length > 0 || answer.Status != 200 ? answer.Content.Length : null;
        var head = HttpResponseHead.Make(answer, length, chunked: false, keepAlive);
        return body ? [.. head, .. answer.Content.Span] : head;
    }
}

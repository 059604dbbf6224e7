namespace SelfProfiler.Serve;

/// <summary>Answers <c>trace</c>: a <c>.nettrace</c> file that is written while it is collected.</summary>
internal sealed class TraceAnswer(ServedProfiler profiler, ProfilePlanner planner, CaptureSlots captures, TimeProvider time)
{
    public PprofResponse Make(string rawQuery)
    {
        var reader = new PprofQueryReader(rawQuery, time.GetUtcNow());
        var duration = reader.Read(fractions: true).Seconds ?? TimeSpan.FromSeconds(1);
        if ((reader.Error ?? planner.TooLong(duration)) is { } sentence)
        {
            return PprofResponse.Error(400, sentence);
        }

        if (profiler.Trace is not { } trace || profiler.TraceAsync is not { } traceAsync)
        {
            return PprofResponse.Error(501, "Traces cannot be recorded here: use dotnet-trace collect.");
        }

        if (!profiler.Enabled())
        {
            return ProfilePlanner.Off();
        }

        // The place is taken when the body begins, so that an answer nobody writes holds none.
        return PprofResponse.Of(PprofResponse.Binary, default)
            .With("Content-Disposition", "attachment; filename=\"trace\"") with
        {
            Write = (stream, cancellationToken) =>
            {
                using (captures.Take())
                {
                    trace(duration, stream, cancellationToken);
                }
            },
            WriteAsync = async (stream, cancellationToken) =>
            {
                using (captures.Take())
                {
                    await traceAsync(duration, stream, cancellationToken).ConfigureAwait(false);
                }
            },
        };
    }
}

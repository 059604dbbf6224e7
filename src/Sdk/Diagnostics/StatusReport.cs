using SelfProfiler.Hosting;
using SelfProfiler.Labels;
using SelfProfiler.Session;

namespace SelfProfiler.Diagnostics;

/// <summary>Puts together what the parts know of themselves. Any thread; numbers of the pump are read without stopping it.</summary>
internal sealed class StatusReport(ProfilerEngine engine, Sources sources, Pipeline pipeline, Pump pump, LabelEngine labels)
{
    private readonly SessionStatus[] _sessions = sources.Sessions.Status();

    private readonly GovernorView _view = sources.Governor.View;

    public ProfilerStatus Make(IReadOnlyList<PartStatus> hostParts, TimeSpan uptime)
    {
        var parts = new List<PartStatus> { Cpu() };
        var duty = _view.Decision.Duty;
        Add(parts, "methods", SessionKind.Methods, true);
        parts.Add(SessionPart.Of("allocations and exceptions", Of(SessionKind.Gc), engine.Running, ("allocations", duty.Allocations), ("exceptions", duty.Exceptions)));
        Add(parts, "contention", SessionKind.Contention, engine.Settings.Contention, duty.Contention);
        Add(parts, "waits", SessionKind.Waits, engine.Settings.Waits, duty.Waits);
        if (sources.Cpu.UsesTicks)
        {
            Add(parts, "ticks", SessionKind.Ticks, false);
        }

        if (Of(SessionKind.Rundown).State == SessionState.Failed)
        {
            Add(parts, "lists of methods", SessionKind.Rundown, false);
        }

        if (engine.Turn is { } turn)
        {
            parts.Add(new PartStatus("turn", engine.Running ? PartState.Running : PartState.Off, turn));
        }

        if (engine.Boosts.Sentence is { Length: > 0 } boosts)
        {
            parts.Add(new PartStatus("boosts", PartState.Running, boosts));
        }

        if (engine.History is { } history)
        {
            parts.Add(new PartStatus("history", PartState.Running, $"{history.Status.Sentence} {sources.Buffers.Sentence}".TrimEnd()));
        }

        if (labels.Failure is { } unlabelled)
        {
            parts.Add(new PartStatus("labels", PartState.Failed, unlabelled));
        }

        parts.AddRange(hostParts);
        return new ProfilerStatus
        {
            Enabled = engine.Enabled,
            CpuSource = sources.Cpu.UsesTicks ? CpuSource.EventPipe : CpuSource.Kernel,
            CpuSourceReason = sources.Cpu.Reason,
            CpuSampledShare = duty.Kernel,
            CollectedShares = engine.Running ? BudgetReport.Collected(duty, sources.Cpu.Kernel is not null, engine.Settings.Wants) : [],
            Parts = parts,
            Samples = pipeline.Aggregator.SamplesSeen,
            Losses = [.. Losses().Where(loss => loss.Value > 0)],
            OverheadShare = _view.Share,
            OverheadParts = BudgetReport.Parts(_view.BySource),
            OverheadBudget = _view.Budget > 0 ? _view.Budget : engine.Settings.OverheadBudget, // nothing was reckoned yet
            Uptime = uptime,
            Tables = [.. Tables()],
            Notes = [.. NotesOn(parts), .. Thinned(), .. _view.GivenUp, .. Full()],
        };
    }

    /// <summary>The status of a host that holds no engine.</summary>
    public static ProfilerStatus NotRunning(IReadOnlyList<PartStatus> hostParts) => new()
    {
        Enabled = false,
        CpuSource = CpuSource.Auto,
        CpuSourceReason = "The profiler is not running.",
        Parts = hostParts,
        Samples = 0,
        Losses = [],
        OverheadShare = 0,
        OverheadBudget = 0,
        Uptime = TimeSpan.Zero,
        Notes = [],
    };

    /// <summary>What does not deliver.</summary>
    public static IEnumerable<string> NotesOn(IEnumerable<PartStatus> parts) =>
        parts.Where(part => part.State == PartState.Failed).Select(part => $"{part.Name}: {part.Detail}");

    private IEnumerable<string> Thinned() =>
        engine.Running && GovernorDecision.KernelThinned(_view.Decision.Duty.Kernel, sources.Cpu.SwitchPrice != SwitchPrice.None) is { } sentence ? [sentence] : [];

    private IEnumerable<string> Full() => pipeline.Aggregator.Windows.OverflowedSinceStart > 0
        ? ["What is counted since the start has no room for new stacks: they are [overflow] there. Ask with \"seconds\", or restart the process."]
        : [];

    private PartStatus Cpu()
    {
        if (!engine.Running)
        {
            return new PartStatus("cpu", PartState.Off, "");
        }

        if (sources.Cpu.Kernel?.Status is { Running: true } kernel)
        {
            double share = _view.Decision.Duty.Kernel;
            return share < 1
                ? new PartStatus("cpu", PartState.Limited, FormattableString.Invariant($"{kernel.Sentence}; collected {share * 100:0.#} % of the time, to keep the overhead budget"))
                : new PartStatus("cpu", PartState.Running, kernel.Sentence);
        }

        return sources.Cpu.UsesTicks ? SessionPart.OfTicks(Of(SessionKind.Ticks), sources.Cpu.Reason, _view.Decision.TicksAreFew)
            : sources.Cpu.Reason.Length > 0 ? new PartStatus("cpu", PartState.Failed, sources.Cpu.Reason)
            : new PartStatus("cpu", PartState.Starting, "");
    }

    private void Add(List<PartStatus> parts, string name, SessionKind kind, bool wanted, double duty = 1) =>
        parts.Add(SessionPart.Of(name, Of(kind), wanted && engine.Running, duty));

    private SessionStatus Of(SessionKind kind) => Array.Find(_sessions, session => session.Kind == kind)!;

    private IEnumerable<TableStatus> Tables()
    {
        yield return new("methods", pipeline.Methods.Count, Limits.Methods);
        yield return new("bytes of method names", pipeline.Methods.TextBytes, Limits.MethodNameBytes);
        yield return new("names of frames", engine.Names.Count, Limits.Names);
        yield return new("stack nodes", pipeline.Aggregator.StackNodes, Limits.StackNodes);
        var (rows, most) = engine.SinceStart.Room;
        yield return new("rows since the start", rows, most);
        yield return new("requests", labels.Requests.Count, labels.Requests.Capacity);
        yield return new("routes", labels.Tracker.Routes.Count, LabelLimits.Routes);
        yield return new("span names", labels.Tracker.Chains.Count, SpanChains.Max);
        yield return new("label sets", labels.Tracker.LabelSets.Count, engine.Settings.MaxLabelSets);
        if (engine.History is { } history)
        {
            yield return new("history bytes", history.Status.Bytes, history.Status.Budget);
        }
    }

    private IEnumerable<KeyValuePair<string, long>> Losses()
    {
        var counts = pump.Counts;
        foreach (var loss in sources.Connections.Losses.Counts.Losses)
        {
            yield return loss;
        }

        yield return new("ended threads the runtime keeps memory of", sources.Connections.ForgottenThreads);
        foreach (var loss in pipeline.Aggregator.Losses)
        {
            yield return loss;
        }

        yield return new("traces ended at their largest size", engine.Traces.Counters.Full);
        yield return new("traces whose client read too slowly", engine.Traces.Counters.Slow);
        yield return new("commands refused by the pump", counts.RefusedCommands);
        yield return new("errors contained in the pump", counts.Errors);
        yield return new("errors contained in background work", engine.BackgroundErrors);
        yield return new("methods not kept", pipeline.Methods.Overflow);
        yield return new("method events malformed", pipeline.Methods.Malformed);
        yield return new("names not kept", pipeline.Methods.TextDropped);
        yield return new("line tables not kept", pipeline.Methods.ILMapsDropped);
        yield return new("names or lines that failed", engine.Names.Failures + engine.Names.LineFailures);
        foreach (var loss in sources.Cpu.KernelLosses)
        {
            yield return loss;
        }

        foreach (var loss in engine.History?.Status.Losses ?? [])
        {
            yield return loss;
        }

        foreach (var loss in labels.Losses())
        {
            yield return loss;
        }
    }
}

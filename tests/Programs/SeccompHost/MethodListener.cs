using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using SelfProfiler.Decode;
using SelfProfiler.Symbolize;

namespace SelfProfiler.SeccompHost;

/// <summary>Learns where jitted methods lie, from inside: enough for a process that runs with DOTNET_ReadyToRun=0.</summary>
internal sealed class MethodListener : EventListener
{
    private const int MethodLoadVerbose = 143;
    private const EventKeywords JitAndNGen = (EventKeywords)0x30;

    private readonly ConcurrentQueue<EventWrittenEventArgs> _events = new();

    public MethodMap Map { get; } = new();

    /// <summary>Tells the map what was learnt since the last time, on the thread that asks the map.</summary>
    public void Apply()
    {
        while (_events.TryDequeue(out var written))
        {
            var fields = written.Payload!;
            Map.Add(new MethodLoad
            {
                MethodId = (ulong)fields[0]!,
                ModuleId = (ulong)fields[1]!,
                Start = (ulong)fields[2]!,
                Size = (uint)fields[3]!,
                Token = (uint)fields[4]!,
                Flags = (uint)fields[5]!,
                Namespace = (string)fields[6]!,
                Name = (string)fields[7]!,
                Signature = (string)fields[8]!,
            });
        }
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Verbose, JitAndNGen);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The queue is a field that a base constructor's events may find unset.
        if (eventData.EventId == MethodLoadVerbose)
        {
            _events?.Enqueue(eventData);
        }
    }
}

using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using SelfProfiler.Decode;
using SelfProfiler.Symbolize;

namespace SelfProfiler.RepairCost;

/// <summary>The map of methods as the engine has it: jitted code with its size, precompiled code by its entry points.</summary>
internal sealed class MethodsSeen : EventListener
{
    private const int MethodLoadVerbose = 143;
    private const int EntryPoint = 159;
    private const EventKeywords JitNGenAndEntryPoints = (EventKeywords)0x20_0000_0030;

    private readonly ConcurrentQueue<EventWrittenEventArgs> _events = new();

    public MethodMap Map { get; } = new() { Images = ImageRanges.Read() };

    /// <summary>Tells the map what was learnt since the last time, on the thread that asks the map.</summary>
    public void Apply()
    {
        while (_events.TryDequeue(out var written))
        {
            var fields = written.Payload!;
            Map.Add(written.EventId == MethodLoadVerbose
                ? new MethodLoad
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
                }
                : new MethodLoad
                {
                    MethodId = (ulong)fields[0]!,
                    Namespace = (string)fields[1]!,
                    Name = (string)fields[2]!,
                    Signature = (string)fields[3]!,
                    Start = (ulong)fields[4]!,
                });
        }

        Map.Images = ImageRanges.Read();
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
        {
            EnableEvents(eventSource, EventLevel.Verbose, JitNGenAndEntryPoints);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The queue is a field that a base constructor's events may find unset.
        if (eventData.EventId is MethodLoadVerbose or EntryPoint)
        {
            _events?.Enqueue(eventData);
        }
    }
}

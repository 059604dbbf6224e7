using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.EventPipe;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace SelfProfiler.Sdk.Tests.Decode;

/// <summary>The same stream through TraceEvent, the reader everybody else uses.</summary>
internal static class TraceEventJudge
{
    private static readonly FieldInfo EventRecord =
        typeof(TraceEvent).GetField("eventRecord", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static List<DecodedEvent> Decode(byte[] stream, out int lost)
    {
        List<DecodedEvent> events = [];
        using var source = new EventPipeEventSource(new MemoryStream(stream));

        // Without a parser that wants its events, a provider has no name.
        source.Clr.All += _ => { };
        source.Dynamic.All += _ => { };
        new ClrRundownTraceEventParser(source).All += _ => { };
        new SampleProfilerTraceEventParser(source).All += _ => { };
        source.AllEvents += data => events.Add(new DecodedEvent(
            Timestamp(data),
            data.ThreadID,
            data.ProviderName,
            Id(data),
            data.Version,
            DecodedEvent.Print(data.EventData()),
            Stack(data)));
        source.Process();
        lost = source.EventsLost;
        return events;
    }

#pragma warning disable CS0618 // Discouraged in favour of a double in milliseconds, which is not exact.
    private static long Timestamp(TraceEvent data) => data.TimeStampQPC;
#pragma warning restore CS0618

    // TraceEvent gives each GCDynamic event (39) a number of its own, counted down from the largest.
    private static int Id(TraceEvent data) =>
        data.ProviderName == "Microsoft-Windows-DotNETRuntime" && (int)data.ID > 65_000 ? 39 : (int)data.ID;

    // TraceEvent has no public way to raw stacks short of a TraceLog, which interns and rewrites them. Inside, an event lies in
    // an ETW EVENT_RECORD with the stack as "extended data" of type 6: a number of 8 bytes, then the addresses. It leaves the
    // stack away for method events (140-144, 190, and the rundown's): null then.
    private static unsafe string? Stack(TraceEvent data)
    {
        var record = (byte*)Pointer.Unbox(EventRecord.GetValue(data)!);
        var count = *(ushort*)(record + 84);
        var items = *(byte**)(record + 88);
        for (var i = 0; i < count; i++)
        {
            var item = items + (16 * i);
            if (*(ushort*)(item + 2) == 6)
            {
                var bytes = new ReadOnlySpan<byte>(*(byte**)(item + 8) + 8, *(ushort*)(item + 6) - 8);
                return DecodedEvent.Print(MemoryMarshal.Cast<byte, ulong>(bytes));
            }
        }

        var leftAway = data.ProviderName.EndsWith("Rundown", StringComparison.Ordinal)
            || (data.ProviderName == "Microsoft-Windows-DotNETRuntime" && (int)data.ID is (>= 140 and <= 144) or 190);
        return leftAway ? null : "";
    }
}

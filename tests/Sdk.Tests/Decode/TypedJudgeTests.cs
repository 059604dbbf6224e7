using System.Text;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;
using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

/// <summary>What the parser reads out of payloads is what TraceEvent's parsers read out of them.</summary>
public sealed class TypedJudgeTests
{
    [Theory, InlineData("methods"), InlineData("web")]
    public void Methods_and_their_names(string name)
    {
        var parsed = GoldenStream.Parse(name);
        List<ParsedStream.Method> loads = [];
        List<MethodUnload> unloads = [];
        void Load(MethodLoadUnloadVerboseTraceData data) => loads.Add(new ParsedStream.Method(
            (ulong)data.MethodID,
            data.MethodStartAddress,
            (uint)data.MethodSize,
            data.MethodNamespace,
            data.MethodName,
            data.MethodSignature));
        Judge(name, source =>
        {
            source.Clr.MethodLoadVerbose += Load;
            source.Clr.MethodUnloadVerbose += data =>
                unloads.Add(new MethodUnload((ulong)data.MethodID, data.MethodStartAddress, (uint)data.MethodSize, Timestamp(data)));
            new ClrRundownTraceEventParser(source).MethodDCStopVerbose += Load;
        });
        Assert.NotEmpty(loads);
        AssertSame(loads, parsed.Methods);
        AssertSame(unloads, parsed.Unloads);
        Assert.Equal(0, parsed.Parser.Counters.Malformed);
    }

    [Fact]
    public void Maps_from_native_code_to_IL()
    {
        List<string> expected = [];
        void Add(MethodILToNativeMapTraceData data) => expected.Add(Print(
            (ulong)data.MethodID,
            Enumerable.Range(0, data.CountOfMapEntries).Select(data.ILOffset),
            Enumerable.Range(0, data.CountOfMapEntries).Select(data.NativeOffset)));
        Judge("methods", source =>
        {
            source.Clr.MethodILToNativeMap += Add;
            new ClrRundownTraceEventParser(source).MethodILToNativeMapDCStop += Add;
        });
        Assert.NotEmpty(expected);
        AssertSame(expected, GoldenStream.Parse("methods").Maps.Select(map => Print(map.Method, map.IL, map.Native)));
    }

    [Theory, InlineData("methods"), InlineData("web")]
    public void Modules_and_their_files(string name)
    {
        List<(ulong, string, string)> expected = [];
        void Add(ModuleLoadUnloadTraceData data) => expected.Add(((ulong)data.ModuleID, data.ModuleILPath, data.ManagedPdbBuildPath));
        Judge(name, source =>
        {
            source.Clr.LoaderModuleLoad += Add;
            new ClrRundownTraceEventParser(source).LoaderModuleDCStop += Add;
        });
        Assert.NotEmpty(expected);
        AssertSame(expected, GoldenStream.Parse(name).Modules);
    }

    [Fact]
    public void Allocations_exceptions_and_collections()
    {
        var parsed = GoldenStream.Parse("kinds");
        List<(string, double)> allocations = [];
        List<string> exceptions = [];
        List<(uint, int, int, int)> starts = [];
        List<(uint, int)> stops = [];
        List<(int, long)> suspensions = [];
        Judge("kinds", source =>
        {
            source.AllEvents += data => AddAllocation(data, allocations);
            source.Clr.ExceptionStart += data => exceptions.Add(data.ExceptionType);
            source.Clr.GCStart += data => starts.Add(((uint)data.Count, data.Depth, (int)data.Reason, (int)data.Type));
            source.Clr.GCStop += data => stops.Add(((uint)data.Count, data.Depth));
            source.Clr.GCSuspendEEStart += data => suspensions.Add(((int)data.Reason, Timestamp(data)));
        });
        Assert.NotEmpty(allocations);
        AssertSame(allocations, parsed.Of(SampleSource.Allocation).Select(s => (s.Type, s.Value)));
        AssertSame(exceptions, parsed.Of(SampleSource.Exception).Select(s => s.Type));
        AssertSame(starts, parsed.GcStarts.Select(gc => (gc.Number, gc.Generation, gc.Reason, gc.Type)));
        AssertSame(stops, parsed.GcStops.Select(gc => (gc.Number, gc.Generation)));
        AssertSame(suspensions, parsed.SuspendBegins.Select(s => ((int)s.Reason, s.Timestamp)));
    }

    [Fact]
    public void Allocation_ticks()
    {
        List<(string, double)> expected = [];
        Judge("verbose-gc", source => source.Clr.GCAllocationTick += data => expected.Add((data.TypeName, data.AllocationAmount64)));
        Assert.NotEmpty(expected);
        AssertSame(expected, GoldenStream.Parse("verbose-gc").Of(SampleSource.Allocation).Select(s => (s.Type, s.Value)));
    }

    [Theory, InlineData("waits"), InlineData("kinds")]
    public void Contentions(string name)
    {
        List<(int, double)> expected = [];
        Judge(name, source => source.Clr.ContentionStop += data => expected.Add((data.ThreadID, data.DurationNs)));
        Assert.NotEmpty(expected);
        AssertSame(expected, GoldenStream.Parse(name).Of(SampleSource.Contention).Select(s => (s.Thread, s.Value)));
    }

    [Theory, InlineData("waits"), InlineData("waits-alone")]
    public void Waits_and_those_inside_contentions(string name)
    {
        var parsed = GoldenStream.Parse(name);
        List<(int Thread, long Begin, long End)> waits = [];
        List<(int Thread, long Begin, long End)> contentions = [];
        Dictionary<(int, bool), long> open = [];
        Judge(name, source =>
        {
            source.Clr.WaitHandleWaitStart += data => open[(data.ThreadID, false)] = Timestamp(data);
            source.Clr.WaitHandleWaitStop += data => waits.Add((data.ThreadID, open[(data.ThreadID, false)], Timestamp(data)));
            source.Clr.ContentionStart += data => open[(data.ThreadID, true)] = Timestamp(data);
            source.Clr.ContentionStop += data => contentions.Add((data.ThreadID, open[(data.ThreadID, true)], Timestamp(data)));
        });
        var inside = waits.Where(w => contentions.Any(c => c.Thread == w.Thread && c.Begin <= w.Begin && w.End <= c.End)).ToArray();
        Assert.Equal(inside.Length, parsed.Parser.Counters.WaitsInContention);
        AssertSame(waits.Except(inside).Select(w => (w.Thread, (double)(w.End - w.Begin))), parsed.Of(SampleSource.Wait).Select(s => (s.Thread, s.Value)));
        Assert.Equal(0, parsed.Parser.Counters.CutPairs + parsed.Parser.Counters.LostEnds);

        // One wait of about 30 ms of every sort: WaitOne, Monitor.Wait, Task.Wait, two slim ones, and one for a pulse.
        Assert.InRange(parsed.Of(SampleSource.Wait).Count(s => s.Value is > 25e6 and < 200e6 && s.Stack.Length > 0), 6, 20);
    }

    // TraceEvent 4.0.0 does not know AllocationSampled: kind, instance, type, its name, address, size, offset.
    private static void AddAllocation(TraceEvent data, List<(string, double)> allocations)
    {
        if (data.ProviderName == NettraceBuilder.Runtime && (int)data.ID == 303)
        {
            var payload = data.EventData();
            var text = Encoding.Unicode.GetString(payload, 14, payload.Length - 14);
            var name = text[..text.IndexOf('\0', StringComparison.Ordinal)];
            var size = BitConverter.ToUInt64(payload, payload.Length - 16);
            allocations.Add((name, size * AllocationWeight.Sampled(size)));
        }
    }

    private static void Judge(string name, Action<EventPipeEventSource> subscribe)
    {
        using var source = new EventPipeEventSource(new MemoryStream(GoldenStream.Read(name)));
        subscribe(source);
        source.Process();
    }

    private static string Print(ulong method, IEnumerable<int> il, IEnumerable<int> native) =>
        $"{method:x} {string.Join(',', il)} {string.Join(',', native)}";

    // TraceEvent sorts by time, we do not.
    private static void AssertSame<T>(IEnumerable<T> expected, IEnumerable<T> actual) =>
        Assert.Equal(expected.OrderBy(e => e!.ToString(), StringComparer.Ordinal), actual.OrderBy(a => a!.ToString(), StringComparer.Ordinal));

#pragma warning disable CS0618 // Discouraged in favour of a double in milliseconds, which is not exact.
    private static long Timestamp(TraceEvent data) => data.TimeStampQPC;
#pragma warning restore CS0618
}

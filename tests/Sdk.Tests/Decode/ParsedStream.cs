using SelfProfiler.Decode;

namespace SelfProfiler.Sdk.Tests.Decode;

/// <summary>Everything the parser tells about a stream, copied.</summary>
internal sealed class ParsedStream
{
    public ParsedStream()
    {
        Parser = new RuntimeEventParser(new RuntimeEventHandlers
        {
            Sample = (in RawSample sample) => Samples.Add(Sample.Of(in sample)),
            MethodLoad = (in MethodLoad load) => Methods.Add(new Method(load.MethodId, load.Start, load.Size, load.Namespace.ToString(), load.Name.ToString(), load.Signature.ToString())),
            MethodUnload = Unloads.Add,
            ILMap = (in ILMap map) => Maps.Add((map.MethodId, map.ILOffsets.ToArray(), map.NativeOffsets.ToArray())),
            ModuleLoad = (in ModuleLoad load) => Modules.Add((load.ModuleId, load.ILPath.ToString(), load.PdbPath.ToString())),
            GcStart = GcStarts.Add,
            GcStop = GcStops.Add,
            SuspendBegin = SuspendBegins.Add,
            SuspendEnd = SuspendEnds.Add,
        });
        Reader = new NettraceReader(Parser.OnEvent);
    }

    public RuntimeEventParser Parser { get; }

    public NettraceReader Reader { get; }

    public List<Sample> Samples { get; } = [];

    public List<Method> Methods { get; } = [];

    public List<MethodUnload> Unloads { get; } = [];

    public List<(ulong Method, int[] IL, int[] Native)> Maps { get; } = [];

    public List<(ulong Id, string Path, string Pdb)> Modules { get; } = [];

    public List<GcStart> GcStarts { get; } = [];

    public List<GcStop> GcStops { get; } = [];

    public List<SuspendBegin> SuspendBegins { get; } = [];

    public List<SuspendEnd> SuspendEnds { get; } = [];

    public void Read(ReadOnlySpan<byte> stream) => Reader.Feed(stream);

    public IEnumerable<Sample> Of(SampleSource source) => Samples.Where(sample => sample.Source == source);

    public sealed record Method(ulong Id, ulong Start, uint Size, string Namespace, string Name, string Signature);

    public sealed record Sample(SampleSource Source, int Thread, long Timestamp, double Value, double Count, ulong[] Stack, bool Truncated, bool Managed, string Type, int Owner, bool Open)
    {
        public static Sample Of(in RawSample sample) => new(
            sample.Source,
            sample.Thread,
            sample.Timestamp,
            sample.Value,
            sample.Count,
            sample.Addresses.ToArray(),
            sample.Truncated,
            sample.Managed,
            sample.TypeName.ToString(),
            sample.OwnerThread,
            sample.Open);
    }
}

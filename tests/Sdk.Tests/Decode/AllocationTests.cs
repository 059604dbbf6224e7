using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class AllocationTests
{
    public static IEnumerable<TheoryDataRow<string>> Names => GoldenStream.Names;

    [Theory, MemberData(nameof(Names))]
    public void The_second_time_a_stream_is_read_nothing_is_allocated_but_its_header(string name)
    {
        var stream = GoldenStream.Read(name);
        long samples = 0;
        var parser = new RuntimeEventParser(new RuntimeEventHandlers
        {
            Sample = (in RawSample sample) => samples += sample.Addresses.Length,
            MethodLoad = (in MethodLoad load) => samples += load.Name.Length,
            MethodUnload = _ => samples++,
            ILMap = (in ILMap map) => samples += map.ILOffsets.Length,
            ModuleLoad = (in ModuleLoad load) => samples += load.ILPath.Length,
            GcStart = _ => samples++,
            GcStop = _ => samples++,
            SuspendBegin = _ => samples++,
            SuspendEnd = _ => samples++,
        });
        var reader = new NettraceReader(parser.OnEvent);
        var allocated = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Feed(reader, stream);

            // The least of them: what the decoder allocates it allocates every time, and sessions of other tests make the runtime allocate on any thread.
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(reader.Ended, reader.Broken);
            reader.Reset();
            parser.OnSessionEdge(null);
        }

        // One TraceHeader and the names of foreign providers per connection; nothing per block or event.
        Assert.InRange(allocated, 0, 400);
    }

    // In pieces, as a socket gives them, so that blocks are torn.
    private static void Feed(NettraceReader reader, ReadOnlySpan<byte> stream)
    {
        const int Piece = 16 * 1024;
        while (!stream.IsEmpty)
        {
            var length = Math.Min(Piece, stream.Length);
            reader.Feed(stream[..length]);
            stream = stream[length..];
        }
    }
}

using SelfProfiler.Decode;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Decode;

public sealed class MalformedStreamTests
{
    // What one reader and parser may allocate, whatever the stream says; the streams are at most 64 KB.
    private const long MaxAllocated = 1 << 20;

    private const int Mutations = 100_000;

    private static readonly string[] SmallStreams = ["tiny", "kinds", "waits", "ticks"];

    [Theory]
    [InlineData("tiny")]
    [InlineData("kinds")]
    public void A_stream_cut_at_any_byte_gives_the_events_before_the_cut(string name)
    {
        var stream = GoldenStream.Read(name);
        Assert.InRange(stream.Length, 1, 64 * 1024);
        var whole = Count(stream);
        for (var length = 0; length < stream.Length; length++)
        {
            var reader = new NettraceReader((in EventRecord _) => { });
            Assert.True(reader.Feed(stream.AsSpan(0, length)), $"cut at {length}: {reader.Broken}");
            Assert.Null(reader.Broken);
            Assert.Equal(0, reader.Counters.MalformedBlocks);
            Assert.InRange(reader.Counters.Events, 0, whole);

            // The rest completes it, wherever the cut was.
            Assert.False(reader.Feed(stream.AsSpan(length)));
            Assert.True(reader.Ended, $"cut at {length}: {reader.Broken}");
            Assert.Equal(whole, reader.Counters.Events);
        }
    }

    [Fact]
    public void Any_chunking_gives_the_same_events()
    {
        const int Seed = 20_260_401;
        var random = new Random(Seed);
        foreach (var name in new[] { "tiny", "kinds", "methods", "losses" })
        {
            var stream = GoldenStream.Read(name);
            var expected = GoldenStream.Decode(stream);
            for (var round = 0; round < 5; round++)
            {
                List<DecodedEvent> events = [];
                NettraceReader reader = null!;
                reader = new NettraceReader((in EventRecord record) => events.Add(DecodedEvent.Of(in record, reader.ProviderName(record.MetadataId)!)));
                var largest = round == 0 ? 1 : 1 << random.Next(1, 16);
                for (var from = 0; from < stream.Length;)
                {
                    var length = Math.Min(random.Next(1, largest + 1), stream.Length - from);
                    reader.Feed(stream.AsSpan(from, length));
                    from += length;
                }

                Assert.True(reader.Ended, $"{name}, seed {Seed}, round {round}: {reader.Broken}");
                Assert.Equal(expected, events);
            }
        }
    }

    [Fact]
    public void A_hundred_thousand_mutations_neither_throw_nor_hang_nor_grow()
    {
        var streams = Array.ConvertAll(SmallStreams, GoldenStream.Read);
        Assert.All(streams, stream => Assert.InRange(stream.Length, 1, 64 * 1024));
        long broken = 0, malformed = 0, ended = 0;
        for (var seed = 0; seed < Mutations; seed++)
        {
            var random = new Random(seed);
            var stream = Mutate(streams[seed % streams.Length], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var parser = new RuntimeEventParser(Everything());
            var reader = new NettraceReader(parser.OnEvent);
            try
            {
                reader.Feed(stream);
                parser.OpenWaits(long.MaxValue, (in RawSample _) => { });
                parser.OnSessionEdge(null);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"The stream {SmallStreams[seed % streams.Length]} mutated with seed {seed} threw.", failure);
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= MaxAllocated, $"seed {seed} allocated {allocated} bytes");
            Assert.True(reader.HandlerFailure is null, $"seed {seed}: {reader.HandlerFailure}");
            broken += reader.Broken is null ? 0 : 1;
            ended += reader.Ended ? 1 : 0;
            malformed += reader.Counters.MalformedBlocks;
        }

        // All three ends have been seen often: the mutations reach the parts that matter.
        Assert.All([broken, ended, malformed], count => Assert.InRange(count, Mutations / 50, long.MaxValue));
    }

    // Bytes set, bits flipped, pieces removed, doubled or moved: one to eight at a time.
    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (var i = random.Next(1, 9); i > 0; i--)
        {
            var at = random.Next(bytes.Count);
            var length = random.Next(1, Math.Min(64, bytes.Count - at) + 1);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes[at] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                    break;
                case 3 when bytes.Count > 200:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                default:
                    for (var j = at; j < Math.Min(at + 4, bytes.Count); j++)
                    {
                        bytes[j] = (byte)random.Next(256);
                    }

                    break;
            }
        }

        return [.. bytes];
    }

    private static RuntimeEventHandlers Everything() => new()
    {
        Sample = (in RawSample sample) => Assert.True(sample.Addresses.Length * sizeof(ulong) <= 64 * 1024),
        MethodLoad = (in MethodLoad _) => { },
        MethodUnload = _ => { },
        ILMap = (in ILMap map) => Assert.Equal(map.ILOffsets.Length, map.NativeOffsets.Length),
        ModuleLoad = (in ModuleLoad _) => { },
        GcStart = _ => { },
        GcStop = _ => { },
        SuspendBegin = _ => { },
        SuspendEnd = _ => { },
    };

    private static long Count(byte[] stream)
    {
        var reader = new NettraceReader((in EventRecord _) => { });
        reader.Feed(stream);
        return reader.Counters.Events;
    }
}

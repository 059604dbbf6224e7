using System.IO.Compression;
using BenchmarkDotNet.Attributes;
using SelfProfiler.Decode;

namespace SelfProfiler.Bench.Micro;

/// <summary>A recorded stream of a web load through reader and parser; per operation one event.</summary>
public class DecodeBenchmark
{
    private byte[] _stream = [];
    private NettraceReader _reader = null!;
    private RuntimeEventParser _parser = null!;
    private long _seen;

    [Params("web", "kinds")]
    public string Stream { get; set; } = "web";

    [GlobalSetup]
    public void Setup()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Golden", Stream + ".nettrace.gz"));
        using var unzip = new GZipStream(file, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unzip.CopyTo(bytes);
        _stream = bytes.ToArray();
        _parser = new RuntimeEventParser(new RuntimeEventHandlers { Sample = (in RawSample sample) => _seen += sample.Addresses.Length });
        _reader = new NettraceReader(_parser.OnEvent);
        _ = WholeStream();
        Console.WriteLine($"// {Stream}: {_stream.Length} bytes, {_reader.Counters.Events} events");
    }

    /// <summary>As the pump feeds it: in pieces of 64 KB.</summary>
    [Benchmark]
    public long WholeStream()
    {
        _reader.Reset();
        for (var rest = _stream.AsSpan(); rest.Length > 0;)
        {
            var piece = Math.Min(rest.Length, 64 * 1024);
            _reader.Feed(rest[..piece]);
            rest = rest[piece..];
        }

        return _seen;
    }
}

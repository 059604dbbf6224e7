using System.Globalization;
using SelfProfiler.Exporter;

namespace SelfProfiler.Bench.Micro.Export;

/// <summary>One format in one fresh process: its first large export for memory, then more for CPU.</summary>
internal static class ExportRun
{
    public const string Header = "format,load,cpu_ms,peak_heap_mb,peak_rss_anon_mb,allocated_mb,sent_mb";

    public static readonly string[] Formats = ["pyroscope", "otlp", "parca", "profefe", "files"];

    private const int Samples = 100_000;
    private const int Exports = 12;

    /// <returns>A line under <see cref="Header"/>.</returns>
    public static async Task<string> MeasureAsync(string format, bool mixed)
    {
        var directory = Directory.CreateTempSubdirectory("selfprofiler-bench-").FullName;
        try
        {
            var exporter = Create(format, directory);
            // The code is compiled with a small profile, so that what is seen of memory is the large one's.
            for (var i = 0; i < 200; i++)
            {
                await Export(exporter, ExportLoad.Make(500, mixed));
            }

            var load = ExportLoad.Make(Samples, mixed);
            SinkConnection.Received = 0;
            using var peak = new PeakMemory();
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            await Export(exporter, load);
            allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
            var (heap, anonymous) = peak.Stop();
            var sent = format == "files" ? new DirectoryInfo(directory).EnumerateFiles().Max(file => file.Length) : SinkConnection.Received;

            var cpu = new List<double>();
            for (var i = 0; i < Exports; i++)
            {
                load = ExportLoad.Make(Samples, mixed);
                GC.Collect();
                var start = Environment.CpuUsage.TotalTime;
                await Export(exporter, load);
                cpu.Add((Environment.CpuUsage.TotalTime - start).TotalMilliseconds);
            }

            // The first ones still run code that is about to be compiled better.
            var median = cpu.Skip(Exports / 3).Order().ElementAt(Exports / 3);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{format},{(mixed ? "mixed" : "routes")},{median:f1},{Megabytes(heap):f1},{Megabytes(anonymous):f1},{Megabytes(allocated):f1},{Megabytes(sent):f2}");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Megabytes(long bytes) => bytes / 1024.0 / 1024.0;

    private static async Task Export(IProfileExporter exporter, ProfileExport load)
    {
        var result = await exporter.ExportAsync(load, CancellationToken.None);
        if (result != ExportResult.Delivered)
        {
            throw new InvalidOperationException($"{exporter.Name}: {result}");
        }
    }

    private static IProfileExporter Create(string format, string directory) => format switch
    {
        "pyroscope" => new PyroscopeExporter(ToSink(new PyroscopeExporterOptions(), "application/proto", "")),
        "otlp" => new OtlpProfileExporter(ToSink(new OtlpProfileExporterOptions(), "application/x-protobuf", "")),
        "parca" => new ParcaExporter(ToSink(new ParcaExporterOptions(), "application/json", "{}")),
        "profefe" => new ProfefeExporter(ToSink(new ProfefeExporterOptions(), "application/json", "{\"code\":200}")),
        "files" => new FileExporter(new FileExporterOptions { Directory = directory }),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, $"One of {string.Join(", ", Formats)}."),
    };

    private static TOptions ToSink<TOptions>(TOptions options, string contentType, string body)
        where TOptions : HttpExporterOptions
    {
        options.ConfigureHandler(handler => handler.ConnectCallback = (_, _) => ValueTask.FromResult<Stream>(new SinkConnection(contentType, body)));
        return options;
    }
}

namespace SelfProfiler.Bench.Overhead;

/// <summary>The program under load, on or off: one half of a pair, or one of two programs side by side.</summary>
/// <param name="OwnCpuMicroseconds">Of the profiler's own threads and the runtime's event threads, for each request of the open loop.</param>
internal sealed record Measurement(
    int Round,
    string Variant,
    bool On,
    bool First,
    char Program,
    double CpuMicroseconds,
    double ClosedCpuMicroseconds,
    double Throughput,
    double P50,
    double P99,
    double P999,
    double AllocatedBytes,
    double GcPausedMs,
    long Requests,
    long Failures,
    double OwnCpuMicroseconds)
{
    /// <summary>Null: nobody looked.</summary>
    public Suspended? Suspended { get; init; }

    public const string CsvHeader =
        "round,variant,on,first,program,cpu_us_per_request,closed_cpu_us_per_request,closed_requests_per_s,p50_us,p99_us,p999_us,allocated_bytes_per_request,gc_paused_ms,requests,failures,own_cpu_us_per_request";

    public string ToCsv() => FormattableString.Invariant(
        $"{Round},{Variant},{(On ? 1 : 0)},{(First ? 1 : 0)},{Program},{CpuMicroseconds:0.###},{ClosedCpuMicroseconds:0.###},{Throughput:0.#},{P50:0.#},{P99:0.#},{P999:0.#},{AllocatedBytes:0},{GcPausedMs:0.###},{Requests},{Failures},{OwnCpuMicroseconds:0.###}");
}

/// <summary>How long the runtime held all threads in one look under the open load.</summary>
internal sealed record Suspended(double Seconds, double OtherMs, double GcMs, double LongestOtherMs)
{
    public const string CsvHeader = "round,variant,on,first,program,seconds,other_ms,gc_ms,longest_other_ms";

    public string ToCsv(Measurement of) => FormattableString.Invariant(
        $"{of.Round},{of.Variant},{(of.On ? 1 : 0)},{(of.First ? 1 : 0)},{of.Program},{Seconds},{OtherMs:0.####},{GcMs:0.####},{LongestOtherMs:0.####}");
}

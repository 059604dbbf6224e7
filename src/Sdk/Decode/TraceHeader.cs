namespace SelfProfiler.Decode;

/// <summary>What the beginning of a stream says about the process and its clock.</summary>
/// <param name="SyncTimeUtc">Wall-clock time of <paramref name="SyncTimestamp"/>, in whole milliseconds.</param>
/// <param name="SyncTimestamp">When the session began, in monotonic nanoseconds.</param>
/// <param name="Frequency">Ticks of the stream's clock per second.</param>
/// <param name="PointerSize">4 or 8.</param>
/// <param name="ProcessId">As the process sees itself: inside a container, the container's number.</param>
/// <param name="Processors">As the runtime counts them.</param>
/// <param name="TickNanoseconds">The sleep between two ticks of the sample profiler; their real distance is longer.</param>
internal sealed record TraceHeader(
    DateTime SyncTimeUtc,
    long SyncTimestamp,
    long Frequency,
    int PointerSize,
    int ProcessId,
    int Processors,
    uint TickNanoseconds)
{
    /// <summary>Size on the wire.</summary>
    public const int Size = 48;

    private const long NanosecondsPerSecond = 1_000_000_000;

    public long ToNanoseconds(long ticks) => ToNanoseconds(ticks, Frequency);

    /// <returns>Null when the fields cannot be true.</returns>
    public static TraceHeader? Read(ReadOnlySpan<byte> bytes)
    {
        var cursor = new BlockCursor(bytes);
        int year = cursor.U16();
        int month = cursor.U16();
        cursor.Skip(2); // Day of the week.
        int day = cursor.U16();
        int hour = cursor.U16();
        int minute = cursor.U16();
        int second = cursor.U16();
        int millisecond = cursor.U16();
        var sync = cursor.I64();
        var frequency = cursor.I64();
        var pointerSize = cursor.I32();
        var process = cursor.I32();
        var processors = cursor.I32();
        var tick = cursor.U32();
        var valid = !cursor.Failed
            && frequency > 0
            && pointerSize is 4 or 8
            && year is >= 1 and <= 9999
            && month is >= 1 and <= 12
            && day >= 1
            && day <= DateTime.DaysInMonth(year, month)
            && hour < 24
            && minute < 60
            && second < 60
            && millisecond < 1000;
        return valid
            ? new TraceHeader(
                new DateTime(year, month, day, hour, minute, second, millisecond, DateTimeKind.Utc),
                ToNanoseconds(sync, frequency),
                frequency,
                pointerSize,
                process,
                processors,
                tick)
            : null;
    }

    // On Linux both this clock and Stopwatch are CLOCK_MONOTONIC in nanoseconds, and nothing is to be done.
    private static long ToNanoseconds(long ticks, long frequency) =>
        frequency == NanosecondsPerSecond ? ticks : (long)((Int128)ticks * NanosecondsPerSecond / frequency);
}

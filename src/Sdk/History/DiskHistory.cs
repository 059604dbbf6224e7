using System.Globalization;
using SelfProfiler.Aggregate;
using SelfProfiler.Hosting;
using SelfProfiler.Symbolize;

namespace SelfProfiler.History;

/// <summary>Windows in a directory, beyond what memory holds and beyond the end of the process. Appended by the history thread, read by any.</summary>
/// <remarks>A segment is never changed after its last append, and removed as a whole when it is too old or the directory too large.</remarks>
internal sealed class DiskHistory : IDisposable
{
    /// <summary>Times in which the disk failed that are told apart; beyond, the last one goes on.</summary>
    private const int MostGaps = 64;

    private static readonly TimeSpan LongestSegment = TimeSpan.FromHours(1);

    private readonly string _directory;
    private readonly TimeSpan _maxAge;
    private readonly long _maxBytes;
    private readonly Func<FrameKey, Frame> _resolve;
    private readonly Func<Frame, Frame> _identify;
    private readonly Action _rest;
    private readonly LabelTexts _texts;
    private readonly TimeProvider _time;
    private readonly HashSet<string> _broken = []; // guarded by itself: each of these was counted
    private long _brokenSoFar;
    private readonly List<(DateTimeOffset From, DateTimeOffset To)> _lacking = []; // guarded by itself; of this process

    // History thread only.
    private SegmentWriter? _writer;
    private DateTimeOffset _writerSince;

    // Written by the history thread, read by the status.
    private long _failures;
    private volatile string? _failure;

    /// <param name="settings">Where and how much.</param>
    /// <param name="resolve">Names a frame of this process.</param>
    /// <param name="identify">Gives a frame from a file the identity that live frames have.</param>
    /// <param name="rest">Called when frames have been named.</param>
    /// <param name="texts">Of routes and label sets.</param>
    /// <param name="time">For retention.</param>
    public DiskHistory(EngineSettings settings, Func<FrameKey, Frame> resolve, Func<Frame, Frame> identify, Action rest, LabelTexts texts, TimeProvider? time = null)
    {
        _directory = Path.GetFullPath(settings.HistoryDirectory);
        _maxAge = settings.HistoryMaxAge;
        _maxBytes = settings.HistoryMaxMegabytes * 1024L * 1024;
        _rest = rest;
        _resolve = resolve;
        _identify = identify;
        _texts = texts;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Windows that could not be written.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Segments of which a part could not be read, those that were deleted since then too.</summary>
    public long Broken => Interlocked.Read(ref _brokenSoFar);

    /// <summary>Why the last window was not written; null when it was.</summary>
    public string? Failure => _failure;

    /// <summary>When the oldest segment begins; null while there is none.</summary>
    public DateTimeOffset? Since => Segments() is { Count: > 0 } segments ? segments[0].Start : null;

    public string Sentence => FormattableString.Invariant($"On disk {Segments().Sum(segment => segment.Bytes) / 1048576.0:0.0} of {_maxBytes / 1048576.0:0} MB")
        + (Since is { } since ? FormattableString.Invariant($" since {since.UtcDateTime:yyyy-MM-dd HH:mm}Z") : "") + (_failure is { } failure ? $"; the last window was not written: {failure}" : ".");

    private long SegmentBytes => Math.Clamp(_maxBytes / 16, 256 * 1024, 8 * 1024 * 1024);

    /// <summary>Never throws: a full or missing disk costs windows, nothing else.</summary>
    public void Append(SealedWindow window)
    {
        try
        {
            var now = _time.GetUtcNow();
            if (_writer is null || _writer.Length >= SegmentBytes || now - _writerSince >= LongestSegment)
            {
                Begin(now);
            }

            _writer!.Append(window);
            _rest();
            _failure = null;
        }
        catch (Exception exception)
        {
            Interlocked.Increment(ref _failures);
            _failure = exception.Message;
            Lack(window);
            GiveUp(); // what was half written is the end of its segment
        }
    }

    /// <summary>Something of an interval could not be written: memory may have it still. Any thread.</summary>
    public bool Lacks(DateTimeOffset from, DateTimeOffset to)
    {
        lock (_lacking)
        {
            return _lacking.Exists(gap => gap.From < to && gap.To > from);
        }
    }

    /// <summary>Kept windows that touch an interval, the oldest first, one at a time: they may be more than memory holds.</summary>
    public IEnumerable<SealedWindow> Between(DateTimeOffset from, DateTimeOffset to, int kinds)
    {
        foreach (var segment in Segments())
        {
            if (segment.Start >= to || segment.End < from)
            {
                continue;
            }

            var reader = new SegmentReader(_identify);
            foreach (var window in reader.Read(segment.Path, from, to, kinds))
            {
                yield return window;
            }

            if (reader.Fault is not null)
            {
                lock (_broken)
                {
                    _brokenSoFar += _broken.Add(segment.Path) ? 1 : 0;
                }
            }
        }
    }

    public void Dispose() => GiveUp();

    private void Lack(SealedWindow window)
    {
        var (from, to) = (window.Start, window.Start + window.Duration);
        lock (_lacking)
        {
            if (_lacking.Count > 0 && (_lacking.Count == MostGaps || from - _lacking[^1].To < TimeSpan.FromSeconds(1)))
            {
                _lacking[^1] = (_lacking[^1].From, to);
            }
            else
            {
                _lacking.Add((from, to));
            }
        }
    }

    private void GiveUp()
    {
        try
        {
            _writer?.Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _failure = exception.Message; // an empty segment that cannot be removed says nothing, and goes when it is old
        }

        _writer = null;
    }

    private void Begin(DateTimeOffset now)
    {
        GiveUp();
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        else
        {
            Directory.CreateDirectory(_directory);
        }

        Retain(now);
        string name = FormattableString.Invariant($"{now.UtcDateTime:yyyyMMdd'T'HHmmssfff}-{Environment.ProcessId}-{Random.Shared.Next(0x10000):x4}");
        _writer = new SegmentWriter(Path.Combine(_directory, name + SegmentFormat.Extension), _resolve, _texts);
        _writerSince = now;
    }

    private void Retain(DateTimeOffset now)
    {
        var segments = Segments();
        long bytes = segments.Sum(segment => segment.Bytes) + SegmentBytes;
        foreach (var segment in segments)
        {
            if (segment.End >= now - _maxAge && bytes <= _maxBytes)
            {
                break;
            }

            File.Delete(segment.Path);
            bytes -= segment.Bytes;
            lock (_broken)
            {
                _broken.Remove(segment.Path);
            }
        }
    }

    /// <summary>The oldest first. Files of other names are nobody's business.</summary>
    private List<Segment> Segments()
    {
        var found = new List<Segment>();
        try
        {
            foreach (var file in new DirectoryInfo(_directory).EnumerateFiles("*" + SegmentFormat.Extension))
            {
                int dash = file.Name.IndexOf('-', StringComparison.Ordinal);
                if (dash > 0 && file.LinkTarget is null && file.Length > SegmentFormat.Magic.Length && DateTime.TryParseExact(
                    file.Name[..dash], "yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var start))
                {
                    // A window begins up to its own length before it is written.
                    found.Add(new Segment(file.FullName, new DateTimeOffset(start) - HistoryRecorder.Longest, file.LastWriteTimeUtc, file.Length));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return found; // not there yet; that it cannot be written is told when it is tried
        }

        found.Sort(static (left, right) => string.CompareOrdinal(left.Path, right.Path));
        return found;
    }

    private sealed record Segment(string Path, DateTimeOffset Start, DateTimeOffset End, long Bytes);
}

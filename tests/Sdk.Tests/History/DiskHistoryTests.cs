using SelfProfiler.Aggregate;
using SelfProfiler.History;
using SelfProfiler.Hosting;
using SelfProfiler.Symbolize;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.History;

public sealed class DiskHistoryTests : IDisposable
{
    private const string Hostile = "/<script>alert(1)</script>\"';\n\u202e";

    private readonly string _directory = Directory.CreateTempSubdirectory("history").FullName;
    private readonly FakeTimeProvider _time = new(Windows.Epoch);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Windows_come_back_with_their_names_routes_labels_and_traces()
    {
        var written = Enumerable.Range(0, 30).Select(i => Windows.Of(i, 20)).ToList();
        using (var disk = Open())
        {
            written.ForEach(disk.Append);
            Assert.Equal((0, null), (disk.Failures, disk.Failure));
        }

        using var next = Open(); // another process
        var read = Read(next);
        Assert.Equal(written.Select(window => window.Start), read.Select(window => window.Start));
        Assert.Equal(Windows.Ask(written).Sum(1), Windows.Ask(read).Sum(1));
        Assert.Equal(20 * 30 / Windows.RouteCount, Windows.Ask(read, new ProfileFilter { Route = Hostile + 2 }).Sum(0));
        var trace = Windows.Ask(read, new ProfileFilter { TraceId = $"{Windows.TraceOf(7, 3):x32}" });
        Assert.Equal(1, trace.Sum(0));
        Assert.Equal("Shop.Method3", trace.Data.Frames[trace.Data.NodeFrame[trace.Data.Samples[0].LeafNode]].Function);
        Assert.Contains(new("tenant", Hostile), trace.Data.LabelSets[trace.Data.Samples[0].LabelSet]);
        Assert.Equal(20 * 30, Windows.Ask(read, new ProfileFilter { MinDuration = TimeSpan.FromMilliseconds(5) }).Sum(0));
        Assert.Equal(0, Windows.Ask(read, new ProfileFilter { MinDuration = TimeSpan.FromMilliseconds(6) }).SampleCount);
        Assert.Equal([50, 60], next.Between(Windows.Epoch.AddSeconds(50), Windows.Epoch.AddSeconds(70), Kinds.Interval).Select(window => (window.Start - Windows.Epoch).TotalSeconds));
    }

    [Fact]
    public void Samples_of_a_boost_keep_the_name_of_their_trigger()
    {
        using (var disk = Open())
        {
            disk.Append(Windows.Of(0, 20));
            disk.Append(Windows.Of(1, 20, flags: SampleFlagsExtensions.OfTrigger(3)));
        }

        using var next = Open();
        Assert.Equal(20, Windows.Ask(Read(next), new ProfileFilter { Labels = [new("trigger", "trigger-3")] }).Sum(0));
        Assert.Equal(40, Windows.Ask(Read(next)).Sum(0));
    }

    [Fact]
    public void Old_segments_go_by_age_and_by_size()
    {
        using var disk = Open(megabytes: 16, age: TimeSpan.FromDays(30));
        int i = 0;
        for (; i < 30 * 24; i++)
        {
            disk.Append(Windows.Of(i * 360, 5));
            Touch(_time.GetUtcNow());
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(30 * 24, Read(disk).Count);
        _time.Advance(TimeSpan.FromDays(10));
        disk.Append(Windows.Of(i * 360, 5));
        Assert.InRange(Read(disk).Count, 19 * 24, (20 * 24) + 2);

        for (int large = 0; large < 60; large++)
        {
            disk.Append(Windows.Of((i * 360) + large, 20_000));
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.True(new DirectoryInfo(_directory).EnumerateFiles().Sum(file => file.Length) <= 16 * 1024 * 1024);
        Assert.Equal(0, disk.Failures);
    }

    [Fact]
    public void A_segment_cut_anywhere_gives_every_window_that_was_whole()
    {
        var ends = new List<long>();
        using (var disk = Open())
        {
            for (int i = 0; i < 40; i++)
            {
                disk.Append(Windows.Of(i, 10));
                ends.Add(new FileInfo(Segment).Length);
            }
        }

        byte[] whole = File.ReadAllBytes(Segment);
        var random = new Random(7);
        for (int i = 0; i < 200; i++)
        {
            int cut = random.Next(whole.Length);
            File.WriteAllBytes(Segment, whole[..cut]);
            using var disk = Open();
            Assert.Equal(ends.Count(end => end <= cut), Read(disk).Count);
            Assert.Equal(0, disk.Broken);
            disk.Append(Windows.Of(100, 10)); // goes on in a segment of its own
            Assert.Equal(0, disk.Failures);
            foreach (string other in Directory.GetFiles(_directory).Order().Skip(1))
            {
                File.Delete(other);
            }
        }
    }

    [Fact]
    public void Broken_segments_are_skipped_and_counted_and_never_thrown()
    {
        using (var disk = Open())
        {
            for (int i = 0; i < 10; i++)
            {
                disk.Append(Windows.Of(i, 10));
            }
        }

        byte[] whole = File.ReadAllBytes(Segment);
        var random = new Random(11);
        for (int i = 0; i < 100; i++)
        {
            byte[] broken = [.. whole];
            broken[random.Next(SegmentFormat.HeadBytes * 2, broken.Length)] ^= (byte)random.Next(1, 256);
            File.WriteAllBytes(Segment, broken);
            using var disk = Open();
            Assert.InRange(Read(disk).Count, 0, 9);
            Assert.InRange(disk.Broken, 0, 1); // a length that became larger looks like a cut
        }

        // The checksum says nothing about what somebody wrote on purpose.
        for (int i = 0; i < 300; i++)
        {
            byte[] payload = new byte[random.Next(1, 400)];
            random.NextBytes(payload);
            byte[] record = new byte[(SegmentFormat.HeadBytes * 2) + payload.Length];
            SegmentFormat.Magic.CopyTo(record);
            SegmentFormat.Head(record.AsSpan(SegmentFormat.HeadBytes), payload);
            payload.CopyTo(record, SegmentFormat.HeadBytes * 2);
            File.WriteAllBytes(Segment, record);
            using var disk = Open();
            Assert.Empty(Read(disk));
            Assert.Equal(1, disk.Broken);
        }
    }

    [Fact]
    public void A_broken_segment_stays_counted_when_it_is_deleted()
    {
        using var disk = Open();
        disk.Append(Windows.Of(0, 10));
        string segment = Segment;
        using (var other = new FileStream(segment, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.Seek(-1, SeekOrigin.End);
            other.WriteByte(0xA5);
        }

        Read(disk);
        Read(disk);
        Assert.Equal(1, disk.Broken);
        Touch(_time.GetUtcNow());
        _time.Advance(TimeSpan.FromDays(10));
        disk.Append(Windows.Of(0, 10));
        Assert.False(File.Exists(segment));
        Assert.Equal(1, disk.Broken);
    }

    [Fact]
    public void Files_that_are_not_ours_are_left_alone_and_a_directory_that_cannot_be_made_costs_windows_only()
    {
        File.WriteAllText(Path.Combine(_directory, "notes.profiles"), "mine");
        File.WriteAllText(Path.Combine(_directory, "20200101T000000000-1-0000.txt"), "mine too");
        File.CreateSymbolicLink(Path.Combine(_directory, "20200101T000000000-1-0000.profiles"), "/etc/passwd");
        using (var disk = Open())
        {
            disk.Append(Windows.Of(0, 1));
            Assert.Single(Read(disk));
        }

        Assert.Equal(4, Directory.GetFiles(_directory).Length);
        string file = Path.Combine(_directory, "notes.profiles");
        using var nowhere = Open(directory: Path.Combine(file, "below"));
        nowhere.Append(Windows.Of(0, 1));
        Assert.Equal(1, nowhere.Failures);
        Assert.NotNull(nowhere.Failure);
        Assert.Empty(Read(nowhere));
    }

    /// <summary>20 kills in every run; HISTORY_KILLS=200 for as many as one likes.</summary>
    [Fact]
    public async Task A_process_killed_at_any_moment_has_lost_at_most_the_window_it_was_writing()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HISTORY_KILLS"), out int wanted) ? wanted : 20;
        string output = Path.GetRelativePath(Path.Combine(Repository.Root, "tests/Sdk.Tests"), AppContext.BaseDirectory);
        string program = Path.Combine(Repository.Root, "tests/Programs/HistoryWriter", output, "HistoryWriter.dll");
        for (int kill = 0; kill < kills; kill++)
        {
            string directory = Path.Combine(_directory, "kill" + kill);
            int printed;
            await using (var child = ChildProcess.Start("dotnet", [program, directory]))
            {
                await child.WaitForLineAsync("0", TimeSpan.FromMinutes(1));
                await Task.Delay(Random.Shared.Next(100)); // the random moment
                using (var process = System.Diagnostics.Process.GetProcessById(child.Id))
                {
                    process.Kill();
                }

                await child.WaitForExitAsync(TimeSpan.FromSeconds(20));
                printed = child.Output.Split('\n').Where(line => int.TryParse(line, out _)).Select(int.Parse).DefaultIfEmpty(-1).Max();
            }

            using var disk = Open(directory: directory);
            var read = Read(disk);
            Assert.Equal(0, disk.Broken);
            Assert.True(read.Count > printed, $"{read.Count} windows of {printed + 1}");
            Assert.Equal(Enumerable.Range(0, read.Count).Select(i => Windows.Epoch.AddSeconds(i * 10)), read.Select(window => window.Start));
        }
    }

    private string Segment => Directory.GetFiles(_directory).Order().First();

    private static List<SealedWindow> Read(DiskHistory disk) => [.. disk.Between(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, Kinds.Interval)];

    /// <summary>The newest file is as old as the simulated clock says.</summary>
    private void Touch(DateTimeOffset time) => File.SetLastWriteTimeUtc(Directory.GetFiles(_directory).Order().Last(), time.UtcDateTime);

    /// <summary>Names that stand for a whole library follow each other in nearly every kernel sample: such questions ended in an error.</summary>
    [Fact]
    public void Equal_names_in_a_row_are_asked_for_as_in_memory()
    {
        var written = Stacks(FrameKey.OfName("Main"), FrameKey.OfName("[gc]"), FrameKey.OfName("[gc]"), FrameKey.OfName("Again()"), FrameKey.OfName("Again()"));
        using (var disk = Open(resolve: static key => new Frame(key.Synthetic!, "", 0, "Shop", 0)))
        {
            disk.Append(written);
        }

        using var next = Open();
        var read = Windows.Ask(Read(next));
        Assert.Equal(["Main", "[gc]", "Again()", "Again()"], read.Data.NodeFrame.Skip(1).Select(frame => read.Data.Frames[frame].Function));
    }

    [Fact]
    public void A_disk_that_fails_leaves_nothing_behind_and_says_what_it_lacks()
    {
        bool full = true;
        using var disk = Open(resolve: key => full ? throw new IOException("No space left on device") : new Frame("Shop." + key.Synthetic, "", 0, "Shop", 0));
        for (int i = 0; i < 4; i++)
        {
            full = i < 2;
            disk.Append(Windows.Of(i, 5));
            Assert.Equal(full ? 0 : 1, Directory.GetFiles(_directory).Length);
        }

        Assert.Equal(2, disk.Failures);
        Assert.Equal([20, 30], Read(disk).Select(window => (window.Start - Windows.Epoch).TotalSeconds));
        Assert.True(disk.Lacks(Windows.Epoch.AddSeconds(-5), Windows.Epoch.AddSeconds(5)) && disk.Lacks(Windows.Epoch.AddSeconds(19), Windows.Epoch.AddSeconds(60)));
        Assert.False(disk.Lacks(Windows.Epoch.AddSeconds(20), Windows.Epoch.AddSeconds(60)));
    }

    /// <summary>One sample, its stack from the root.</summary>
    private static SealedWindow Stacks(params FrameKey[] frames)
    {
        var rows = new SealedRow[ProfileWindow.KindCount][];
        Array.Fill(rows, []);
        rows[(int)ProfileKind.Cpu] = [new SealedRow(frames.Length, default, 0, SampleFlags.None, 1, 10)];
        return new SealedWindow
        {
            From = 0,
            To = 10_000_000_000,
            Start = Windows.Epoch,
            Frames = [default, .. frames],
            NodeParent = [-1, .. Enumerable.Range(0, frames.Length)],
            NodeFrame = [.. Enumerable.Range(0, frames.Length + 1)],
            Rows = rows,
            Requests = [],
        };
    }

    private DiskHistory Open(int megabytes = 512, TimeSpan? age = null, string? directory = null, Func<FrameKey, Frame>? resolve = null) => new(
        new EngineSettings(new ContinuousProfilingOptions
        {
            History = new HistoryOptions { Directory = directory ?? _directory, MaxMegabytes = megabytes, MaxAge = age ?? TimeSpan.FromDays(3) },
        }),
        resolve ?? (static key => new Frame("Shop." + key.Synthetic, "Shop.cs", 12, "Shop", 0, 3)),
        frame => frame with { Identity = (ulong)frame.Function.GetHashCode() },
        () => { },
        new LabelTexts(_ => null, route => route == 0 ? null : Hostile + route, set => set == 0 ? [] : [new("tenant", Hostile)]) { Trigger = flags => flags.Trigger() is > 0 and var number ? $"trigger-{number}" : null },
        _time);
}

using SelfProfiler.Exporter.Push;
using SelfProfiler.Exporter.Tests.Receivers;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Faults;

/// <summary>Pushes on disk: across outages and restarts, within bounds, never twice.</summary>
public sealed class SpoolTests : IDisposable
{
    private readonly FakeTimeProvider _time = LoopHarness.Now();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task What_was_spooled_while_the_server_was_down_arrives_once_and_leaves_nothing_behind()
    {
        await using var receiver = new PyroscopeReceiver(_time) { Fault = OutageTests.Answer(503) };
        using var exporter = Exporter(receiver.Address);
        await using var harness = new LoopHarness(_time, exporter);
        await harness.AdvanceUntil(() => harness.Cuts >= 20);
        var during = harness.Status;

        receiver.Fault = null;
        await harness.AdvanceUntil(() => harness.Status is { Kept: 0, Queued: 0, Delivered: > 60 });

        // Far more than the queue in memory holds: nothing is lost.
        Assert.InRange(during.Kept, 70, 90);
        Assert.Equal((0, 0L), (during.Queued, during.Dropped));
        Assert.Equal("Pyroscope answered 503.", during.LastError);
        Assert.Equal(0, harness.Status.Dropped + harness.Status.Rejected);
        OutageTests.AssertOnce(receiver);
        Assert.Empty(_directory.Files("*.push*"));
    }

    [Fact]
    public async Task A_new_process_sends_what_the_last_one_left()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using (var first = Exporter(receiver.Address))
        {
            Assert.Equal(ExportOutcome.Kept, (await first.ExportAsync(Samples.Shop(start: _time.GetUtcNow()), default)).Outcome);
        }

        using var second = Exporter(receiver.Address);
        Assert.Equal(3, second.Backlog.Count);
        await ResumeAllAsync(second);

        Assert.Equal(3, receiver.Taken.Length);
        OutageTests.AssertOnce(receiver);
    }

    [Fact]
    public async Task A_push_that_was_being_sent_when_its_process_died_is_not_sent_again()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using (var first = Exporter(receiver.Address))
        {
            await first.ExportAsync(Samples.Shop(start: _time.GetUtcNow()), default);
        }

        var claimed = _directory.Files("*.push")[0];
        File.Move(claimed, claimed + SpoolFolder.SendingSuffix);
        using var second = Exporter(receiver.Address);
        await ResumeAllAsync(second);

        Assert.Equal((2, 1L), (receiver.Taken.Length, second.Backlog.Dropped));
        Assert.Empty(_directory.Files("*.push*"));
    }

    /// <summary>The directories may be the server's own, called as the exporter is.</summary>
    [Theory]
    [InlineData("data.db")]
    [InlineData("mail.sending")]
    [InlineData("data.push")]
    [InlineData("data.push.sending")]
    [InlineData("notes.push.txt")]
    [InlineData("0638999999999999999-000000001-0123456g.push")]
    [InlineData("0638999999999999999-000000001-01234567.push.old")]
    [InlineData("638999999999999999-000000001-01234567.push")]
    [InlineData("0638999999999999999-1-01234567.push")]
    [InlineData("0638999999999999999-000000001-01234567-1.push")]
    public void What_it_did_not_write_it_neither_moves_nor_sends_nor_deletes(string name)
    {
        string[] strangers = [$"pyroscope/{name}", $"pyroscope.2/{name}"];
        foreach (var stranger in strangers)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_directory.At(stranger))!);
            File.WriteAllText(_directory.At(stranger), stranger);
        }

        using (var exporter = Exporter(new Uri("http://127.0.0.1:9")))
        {
            Assert.Equal(default, exporter.Backlog);
        }

        Assert.All(strangers, stranger => Assert.Equal(stranger, File.ReadAllText(_directory.At(stranger))));
        Assert.False(File.Exists(_directory.At("pyroscope.2/lock")));
    }

    /// <summary>The directory of another user, say.</summary>
    [Fact]
    public async Task A_neighbour_that_cannot_be_opened_does_not_keep_the_spool_closed()
    {
        Directory.CreateDirectory(_directory.At("pyroscope.2/lock"));
        File.WriteAllText(_directory.At("pyroscope.2/0638999999999999999-000000001-01234567.push"), "");
        using var exporter = Exporter(new Uri("http://127.0.0.1:9"));

        Assert.Equal(ExportOutcome.Kept, (await exporter.ExportAsync(Samples.Shop(start: _time.GetUtcNow()), default)).Outcome);
        Assert.Equal(4, _directory.Files("*.push").Length);
    }

    [Fact]
    public async Task What_was_refused_on_a_full_disk_is_counted_although_the_rest_is_kept()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        var requests = 0;
        receiver.Fault = context => OutageTests.Answer(++requests == 1 ? 400 : 503)(context);
        using var exporter = Exporter(receiver.Address);
        var export = Samples.Shop(start: _time.GetUtcNow());

        // Every byte written to /dev/full fails as on a full disk.
        File.CreateSymbolicLink(_directory.At("pyroscope/unfinished.tmp"), "/dev/full");
        var first = await exporter.ExportAsync(export, default);
        var second = await exporter.ExportAsync(export, default);

        Assert.Equal((ExportOutcome.Retry, ExportOutcome.Rejected), (first.Outcome, second.Outcome));
        Assert.Equal(("Pyroscope answered 400.", 2), (second.Reason, exporter.Backlog.Count));
    }

    [Fact]
    public async Task The_file_is_claimed_before_the_first_byte_leaves()
    {
        var claimed = 0;
        await using var receiver = new PyroscopeReceiver(_time);
        receiver.Fault = _ =>
        {
            claimed = _directory.Files("*.sending").Length;
            return Task.FromResult(false);
        };
        using var exporter = Exporter(receiver.Address);
        await exporter.ExportAsync(Samples.Shop(start: _time.GetUtcNow()), default);

        await exporter.ResumeAsync(default);

        Assert.Equal(1, claimed);
        Assert.Empty(_directory.Files("*.sending"));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("empty")]
    [InlineData("foreign")]
    public async Task A_damaged_file_costs_its_profile_and_no_other(string damage)
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using var exporter = Exporter(receiver.Address);
        await exporter.ExportAsync(Samples.Shop(start: _time.GetUtcNow()), default);
        var file = _directory.Files("*.push")[1];
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, damage switch { "cut" => bytes[..(bytes.Length / 2)], "flipped" => bytes, "empty" => [], _ => "hello"u8.ToArray() });

        var results = await ResumeAllAsync(exporter);

        Assert.Equal("A spooled profile was damaged and is dropped.", Assert.Single(results, result => result.Outcome == ExportOutcome.Rejected).Reason);
        Assert.Equal((2, 0), (receiver.Taken.Length, receiver.Refused.Length));
    }

    [Fact]
    public void The_spool_is_bounded_by_size_and_age_and_drops_the_oldest()
    {
        using var spool = new PushSpool(_directory.At("small"), 10_000, TimeSpan.FromMinutes(50), _time);
        for (var i = 0; i < 30; i++)
        {
            Assert.True(spool.TryAdd(new PushRequest($"{i}", "text/plain", false, new byte[900]), _time.GetUtcNow()));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.InRange(spool.Backlog.Count, 9, 10);
        Assert.Equal(30, spool.Backlog.Count + spool.Backlog.Dropped);
        Assert.InRange(_directory.Files("*.push").Sum(file => new FileInfo(file).Length), 1, 10_000);
        Assert.True(spool.TryOpen(out var oldest, out _));
        Assert.Equal($"{30 - spool.Backlog.Count}", oldest.Push.Path);

        _time.Advance(TimeSpan.FromMinutes(60));
        Assert.False(spool.TryOpen(out _, out var problem));
        Assert.Null(problem);
        Assert.Equal((0, 30L), (spool.Backlog.Count, spool.Backlog.Dropped));
        Assert.Empty(_directory.Files("*.push"));
    }

    [Fact]
    public async Task The_age_of_a_spooled_profile_is_reckoned_from_its_beginning()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using var exporter = Exporter(receiver.Address);
        await exporter.ExportAsync(Samples.Shop(start: _time.GetUtcNow().AddMinutes(-30)), default);
        _time.Advance(TimeSpan.FromMinutes(21));

        await ResumeAllAsync(exporter);

        Assert.Equal((0, 3L, 0), (receiver.Requests, exporter.Backlog.Dropped, exporter.Backlog.Count));
    }

    [Fact]
    public async Task A_full_disk_means_sending_at_once()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using var exporter = Exporter(receiver.Address);
        // Every byte written to /dev/full fails as on a full disk.
        File.CreateSymbolicLink(_directory.At("pyroscope/unfinished.tmp"), "/dev/full");

        var result = await exporter.ExportAsync(Samples.Shop(start: _time.GetUtcNow()), default);

        Assert.Equal((ExportOutcome.Delivered, 3, 0), (result.Outcome, receiver.Taken.Length, exporter.Backlog.Count));
    }

    [Fact]
    public async Task A_spool_that_cannot_be_opened_leaves_the_queue_in_memory()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        File.WriteAllText(_directory.At("file"), "");
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address, SpoolDirectory = _directory.At("file") }, _time);

        Assert.Equal(ExportOutcome.Delivered, (await exporter.ExportAsync(Samples.Shop(start: _time.GetUtcNow()), default)).Outcome);
    }

    [Fact]
    public async Task Two_processes_share_a_spool_directory_without_sending_anything_twice()
    {
        await using var receiver = new PyroscopeReceiver(_time);
        using (var first = Exporter(receiver.Address))
        {
            using var second = Exporter(receiver.Address);
            await first.ExportAsync(Samples.Shop(ProfileKind.Cpu, _time.GetUtcNow()), default);
            await second.ExportAsync(Samples.Shop(ProfileKind.Wall, _time.GetUtcNow()), default);
            Assert.Equal((3, 3), (first.Backlog.Count, second.Backlog.Count));
        }

        // Both are gone: the next one finds what both left.
        using var third = Exporter(receiver.Address);
        Assert.Equal(6, third.Backlog.Count);
        await ResumeAllAsync(third);
        Assert.Equal(6, receiver.Taken.Length);
        OutageTests.AssertOnce(receiver);
    }

    private PyroscopeExporter Exporter(Uri address) =>
        new(new PyroscopeExporterOptions { Endpoint = address, SpoolDirectory = _directory.Path }, _time);

    private static async Task<List<ExportResult>> ResumeAllAsync(PyroscopeExporter exporter)
    {
        var results = new List<ExportResult>();
        while (exporter.Backlog.Count > 0 && results.Count < 100)
        {
            results.Add(await exporter.ResumeAsync(default));
        }

        return results;
    }
}

using System.Text.Json;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Files;

public sealed class FileExporterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_profile_has_its_metadata_beside_it()
    {
        var exporter = new FileExporter(new FileExporterOptions { Directory = _directory.At("new/folder") });
        var start = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal(ExportResult.Delivered, await exporter.ExportAsync(Samples.Shop(ProfileKind.Cpu, start), default));

        var file = Assert.Single(_directory.Files("*.pb.gz"));
        Assert.Equal("profile-shop-8f14e45f-20261121T120000.000Z-cpu.pb.gz", Path.GetFileName(file));
        Assert.Equal(4, PprofChecker.Check(File.ReadAllBytes(file)).Rows.Length);
        using var json = JsonDocument.Parse(File.ReadAllText(file + ".json"));
        var metadata = json.RootElement;
        Assert.Equal(
            ("shop", "1.2.3", "host-1", "cpu", 15.0, 12L, 3L),
            (Text("service"), Text("version"), Text("host"), Text("kind"), metadata.GetProperty("durationSeconds").GetDouble(), metadata.GetProperty("samples").GetInt64(), metadata.GetProperty("lost").GetInt64()));
        Assert.Equal(start, metadata.GetProperty("start").GetDateTimeOffset());
        Assert.Equal(Path.GetFileName(file), Text("file"));
        Assert.Equal(120_000_000, metadata.GetProperty("values")[1].GetProperty("sum").GetInt64());

        string? Text(string name) => metadata.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData(ProfileFormat.Folded, ".folded.txt")]
    [InlineData(ProfileFormat.Speedscope, ".speedscope.json")]
    public async Task Other_formats_have_their_own_names(ProfileFormat format, string suffix)
    {
        var exporter = new FileExporter(new FileExporterOptions { Directory = _directory.Path, Format = format });

        await exporter.ExportAsync(Samples.Shop(), default);

        Assert.Equal(2, _directory.Files().Length);
        Assert.Single(_directory.Files("*" + suffix));
        Assert.Single(_directory.Files("*" + suffix + ".json"));
    }

    [Fact]
    public async Task Old_profiles_go_with_their_metadata_and_strangers_stay()
    {
        string[] strangers = ["profile.txt", "profile-before.pb.gz", "profile-20261128-shop.pb.gz.json"];
        foreach (var stranger in strangers)
        {
            File.WriteAllText(_directory.At(stranger), "not ours");
            File.SetLastWriteTimeUtc(_directory.At(stranger), DateTime.UtcNow.AddDays(-2));
        }

        var exporter = new FileExporter(new FileExporterOptions { Directory = _directory.Path, MaxAge = TimeSpan.FromHours(1) }, _time);
        for (var i = 0; i < 4; i++)
        {
            await exporter.ExportAsync(Samples.Shop(ProfileKind.Cpu, _time.GetUtcNow().AddSeconds(i)), default);
        }

        foreach (var file in _directory.Files("*Z-cpu.pb.gz*").Take(4))
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        }

        _time.Advance(TimeSpan.FromMinutes(20));
        await exporter.ExportAsync(Samples.Shop(ProfileKind.Wall, _time.GetUtcNow()), default);

        Assert.Equal((3, 3), (_directory.Files("*Z-*.pb.gz").Length, _directory.Files("*Z-*.pb.gz.json").Length));
        Assert.All(strangers, stranger => Assert.True(File.Exists(_directory.At(stranger))));
    }

    [Fact]
    public async Task The_directory_stays_below_its_size()
    {
        var exporter = new FileExporter(new FileExporterOptions { Directory = _directory.Path, MaxMegabytes = 1 }, _time);
        for (var i = 0; i < 12; i++)
        {
            await exporter.ExportAsync(Samples.Large(10_000, 3_000, depth: 12, start: _time.GetUtcNow()), default);
            _time.Advance(TimeSpan.FromSeconds(15));
        }

        Assert.InRange(_directory.Files("profile-*").Sum(file => new FileInfo(file).Length), 200_000, 1024 * 1024);
    }

    [Fact]
    public async Task A_full_disk_is_tried_again_and_leaves_no_half_file()
    {
        var exporter = new FileExporter(new FileExporterOptions { Directory = _directory.Path });
        var export = Samples.Shop(ProfileKind.Cpu, new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        var full = _directory.At("profile-shop-8f14e45f-20261121T120000.000Z-cpu.pb.gz.tmp");
        File.CreateSymbolicLink(full, "/dev/full");

        var result = await exporter.ExportAsync(export, default);
        var again = await exporter.ExportAsync(export, default);

        Assert.Equal(ExportOutcome.Retry, result.Outcome);
        Assert.Contains("No space left", result.Reason);
        Assert.Equal(ExportOutcome.Delivered, again.Outcome);
        Assert.Empty(_directory.Files("*.tmp"));
    }
}

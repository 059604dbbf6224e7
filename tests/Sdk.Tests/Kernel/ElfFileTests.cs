using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class ElfFileTests
{
    private static readonly string Sample = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so");

    [Fact]
    public void Functions_segments_and_build_id_are_read()
    {
        using var file = ElfFile.Open(Sample)!;
        Assert.Equal(40, file.BuildId().Length);
        Assert.NotEmpty(file.Loads());
        var symbols = file.Symbols()!;
        Assert.True(symbols.Count > 100);
        Assert.True(symbols.Bytes < 1 << 20);
    }

    [Fact]
    public void A_file_that_is_none_is_refused()
    {
        Assert.Null(ElfFile.Open("/does/not/exist"));
        Assert.Null(ElfFile.Open("/dev/zero"));
        Assert.Null(ElfFile.Open("/proc/self/maps"));
        Assert.Null(ElfFile.Open(typeof(object).Assembly.Location));
        Assert.Null(ElfFile.Open(""));
    }

    [Fact]
    public void Hostile_files_end_in_nothing_or_in_some_table_but_never_in_a_fault()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("elf-").FullName, "hostile.so");
        var original = File.ReadAllBytes(Sample);
        var random = new Random(1);
        try
        {
            for (var round = 0; round < 300; round++)
            {
                var bytes = original.AsSpan(0, round % 3 == 0 ? random.Next(64, original.Length) : original.Length).ToArray();

                // The header, the segments behind it and the sections at the end are what numbers are taken from.
                for (var flips = random.Next(1, 30); flips > 0; flips--)
                {
                    var at = random.Next(3) switch { 0 => random.Next(16, 64), 1 => random.Next(64, 800), _ => bytes.Length - 1 - random.Next(Math.Min(3000, bytes.Length)) };
                    bytes[Math.Min(at, bytes.Length - 1)] = random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
                }

                File.WriteAllBytes(path, bytes);
                using var file = ElfFile.Open(path);
                _ = file?.Loads();
                _ = file?.BuildId();
                _ = file?.IsStripped();
                var symbols = file?.Symbols();
                _ = symbols?.Find((ulong)random.NextInt64());
                _ = symbols?.Find((ulong)random.Next(1 << 20));
            }
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Fact]
    public void The_nearest_function_below_is_found_and_gaps_are_not_filled()
    {
        var builder = new SymbolTable.Builder();
        Assert.True(builder.Add(200, 10, "second"u8));
        Assert.True(builder.Add(100, 0, "first"u8));
        Assert.True(builder.Add(200, 10, "alias"u8));
        var table = builder.Build();
        Assert.Equal(2, table.Count);
        Assert.Equal(("first", "first", "second", "second"), (table.Find(100), table.Find(199), table.Find(200), table.Find(209)));
        Assert.Null(table.Find(99));
        Assert.Null(table.Find(210));
    }
}

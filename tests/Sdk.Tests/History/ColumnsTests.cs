using SelfProfiler.History;
using Xunit;

namespace SelfProfiler.Sdk.Tests.History;

public sealed class ColumnsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(200_000)]
    public void What_is_written_is_read(int rows)
    {
        var random = new Random(rows);
        var writer = new ColumnWriter(3);
        var values = Enumerable.Range(0, rows).Select(_ => (Same: 0L, Any: random.NextInt64(), Signed: (long)random.Next(-5, 5))).ToArray();
        foreach (var (same, any, signed) in values)
        {
            writer.Add(0, same);
            writer.Add(1, any);
            writer.AddSigned(2, signed);
        }

        var reader = new ColumnReader(writer.Finish(), 3);
        Assert.All(values, value => Assert.Equal(value, (reader.Next(0), reader.Next(1), reader.NextSigned(2))));
        Assert.Throws<InvalidDataException>(() => reader.Next(2));
    }

    [Fact]
    public void A_section_that_is_not_whole_or_claims_too_much_is_refused()
    {
        var writer = new ColumnWriter(1);
        for (int i = 0; i < 10_000; i++)
        {
            writer.Add(0, i * 31 % 1_009);
        }

        byte[] section = writer.Finish();
        byte[] longer = [(byte)(section[0] | 0x80), (byte)(section[1] | 0x80), 0xFF, 0xFF, 0x7F, .. section[2..]];

        Assert.Throws<InvalidDataException>(() => new ColumnReader(section[..^10], 1));
        Assert.Throws<InvalidDataException>(() => new ColumnReader(section[..1], 1));
        Assert.Throws<InvalidDataException>(() => new ColumnReader(longer, 1));
    }
}

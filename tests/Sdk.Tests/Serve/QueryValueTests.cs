using System.Globalization;
using SelfProfiler.Serve;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

public sealed class QueryValueTests
{
    [Theory]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5s", 1.5)]
    [InlineData("2m", 120)]
    [InlineData("2m30s", 150)]
    [InlineData("1h0.5m", 3_630)]
    [InlineData("100us", 0.0001)]
    [InlineData("100\u00b5s", 0.0001)]
    [InlineData("100\u03bcs", 0.0001)]
    [InlineData("1000ns", 0.000001)]
    [InlineData(".5s", 0.5)]
    [InlineData("1.s", 1)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    public void Durations_are_read_as_go_writes_them(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData(".s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1 s")]
    [InlineData("1d")]
    [InlineData("1.2.3s")]
    [InlineData("1e3s")]
    [InlineData("99999999999999999999h")]
    public void Other_durations_are_refused(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData("now", "2026-01-01T00:00:00Z")]
    [InlineData("-90s", "2025-12-31T23:58:30Z")]
    [InlineData("2025-12-31T12:00Z", "2025-12-31T12:00:00Z")]
    [InlineData("2025-12-31T12:00:00.5Z", "2025-12-31T12:00:00.5Z")]
    [InlineData("2025-12-31T12:00:00+02:00", "2025-12-31T10:00:00Z")]
    [InlineData("2025-12-31T12:00:00 02:00", "2025-12-31T10:00:00Z")]
    [InlineData("2025-12-31T12:00:00", "2025-12-31T12:00:00Z")]
    [InlineData("1767218400", "2025-12-31T22:00:00Z")]
    [InlineData("1767218400.25", "2025-12-31T22:00:00.25Z")]
    [InlineData("1767218400250", "2025-12-31T22:00:00.25Z")]
    public void Moments_are_read_in_the_forms_people_have_them(string text, string expected)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.True(PointInTime.TryParse(text, now, out var moment));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), moment);
    }

    [Theory]
    [InlineData("yesterday")]
    [InlineData("-5")]
    [InlineData("-9999999h")]
    [InlineData("2025-13-01T00:00:00Z")]
    [InlineData("99999999999999999")]
    [InlineData("1,5")]
    public void Other_moments_are_refused(string text) => Assert.False(PointInTime.TryParse(text, DateTimeOffset.UnixEpoch.AddYears(56), out _));

    [Fact]
    public void A_query_keeps_the_first_value_and_the_last_resort()
    {
        var query = new QueryString("?a=1&a=2&b&c=%41%2b+x&d=%zz&=x&&e=\u00e4&f=%c3%a4");
        Assert.True(query.TryGet("a", out var a));
        Assert.Equal("1", a);
        Assert.Equal(["1", "2"], query.All("a"));
        Assert.True(query.TryGet("b", out var b));
        Assert.Null(b);
        Assert.True(query.Has("b"));
        Assert.True(query.TryGet("c", out var c));
        Assert.Equal("A+ x", c);
        Assert.False(query.TryGet("d", out _));
        Assert.True(query.TryGet("e", out var e));
        Assert.Equal("\u00e4", e);
        Assert.True(query.TryGet("f", out var f));
        Assert.Equal("\u00e4", f);
        Assert.True(query.TryGet("none", out var none));
        Assert.Null(none);
    }
}

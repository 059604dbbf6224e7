using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class IpcMessageTests
{
    private static readonly SessionDefinition _definition =
        new(SessionKind.Waits, new SessionProvider("AB", 0x40000000000, 5, 301, 302)) { BufferMegabytes = 3 };

    private const string Magic = "444F544E45545F4950435F563100";
    private const string Provider = "01000000" + "0000000000040000" + "05000000" + "03000000" + "410042000000" + "00000000";

    [Fact]
    public void The_newest_command_filters_by_event() => Assert.Equal(
        Magic + "5400" + "0206" + "0000" + "00000000" + "03000000" + "01000000" + "0000000000000000" + "01" + Provider
        + "01" + "02000000" + "2D010000" + "2E010000",
        Convert.ToHexString(IpcMessage.Collect(_definition, IpcMessage.CollectTracing5)));

    [Fact]
    public void The_one_before_chooses_rundown_and_stacks() => Assert.Equal(
        Magic + "4300" + "0205" + "0000" + "03000000" + "01000000" + "0801000000000000" + "00" + Provider,
        Convert.ToHexString(IpcMessage.Collect(_definition with { RundownKeywords = 0x108, Stacks = false }, IpcMessage.CollectTracing4)));

    [Fact]
    public void An_old_one_knows_rundown_or_not() => Assert.Equal(
        Magic + "3B00" + "0203" + "0000" + "03000000" + "01000000" + "01" + Provider,
        Convert.ToHexString(IpcMessage.Collect(_definition with { RundownKeywords = 0x108 }, IpcMessage.CollectTracing2)));

    [Fact]
    public void A_stop_names_the_session() => Assert.Equal(
        Magic + "1C00" + "0201" + "0000" + "8877665544332211",
        Convert.ToHexString(IpcMessage.Stop(0x1122334455667788)));

    [Theory]
    [InlineData("FF00", "0100000000000000", true, 1, 0)]
    [InlineData("FFFF", "05401380", true, 0, 0x80134005)]
    [InlineData("FF00", "01", false, 0, 0)]
    [InlineData("FFFF", "01", false, 0, 0)]
    [InlineData("0200", "0100000000000000", false, 0, 0)]
    public void An_answer_is_an_id_or_an_error(string command, string payload, bool understood, ulong session, uint error)
    {
        byte[] header = Convert.FromHexString(Magic + "0000" + command + "0000");
        Assert.Equal(understood, IpcMessage.TryReadAnswer(header, Convert.FromHexString(payload), out ulong id, out uint code));
        Assert.Equal((session, error), (id, code));
    }

    [Theory]
    [InlineData(Magic + "1C00" + "FF00" + "0000", 8)]
    [InlineData("004F544E45545F4950435F563100" + "1C00" + "FF00" + "0000", -1)]
    [InlineData(Magic, -1)]
    public void A_header_tells_the_length_of_what_follows(string header, int length) =>
        Assert.Equal(length, IpcMessage.PayloadLength(Convert.FromHexString(header)));
}

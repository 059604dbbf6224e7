using SelfProfiler.Session;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Session;

public sealed class MailboxTests
{
    private readonly Mailbox<string> _mailbox = new(2);

    [Fact]
    public void Items_come_out_in_order_and_what_does_not_fit_is_counted()
    {
        Assert.True(_mailbox.TryPut("a"));
        Assert.True(_mailbox.TryPut("b"));
        Assert.False(_mailbox.TryPut("c"));
        Assert.Equal("a", _mailbox.TryTake());
        Assert.True(_mailbox.TryPut("d"));
        Assert.Equal("b", _mailbox.TryTake());
        Assert.Equal("d", _mailbox.TryTake());
        Assert.Null(_mailbox.TryTake());
        Assert.Equal(1, _mailbox.Refused);
    }

    [Fact]
    public void What_must_not_be_refused_has_room_of_its_own()
    {
        var mailbox = new Mailbox<string>(1, reserve: 1);
        Assert.True(mailbox.TryPut("a"));
        Assert.False(mailbox.TryPut("b"));
        Assert.True(mailbox.TryPut("off", vital: true));
        Assert.False(mailbox.TryPut("c", vital: true));
        Assert.Equal(("a", "off"), (mailbox.TryTake(), mailbox.TryTake()));
        Assert.True(mailbox.TryPut("d"));
        Assert.Equal(2, mailbox.Refused);
    }

    [Fact]
    public void Nothing_comes_in_after_the_end()
    {
        _mailbox.TryPut("a");
        _mailbox.Close();
        Assert.False(_mailbox.TryPut("b"));
        Assert.Equal("a", _mailbox.TryTake());
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using SelfProfiler.Serve;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Serve;

/// <summary>Who gets in, as a table of what a request looks like.</summary>
public sealed class AccessRulesTests
{
    private const string Local = "127.0.0.1";

    // Peer ("" none, "unix" a Unix socket), header lines, what decides.
    public static TheoryData<string, string, string> OnTheApplicationsPort => new()
    {
        { Local, "Host: localhost:5080", "Allowed" },
        { Local, "Host: LocalHost", "Allowed" },
        { Local, "Host: localhost.", "Allowed" },
        { Local, "Host: localhost.:5080", "Allowed" },
        { Local, "Host: 127.0.0.1:5080", "Allowed" },
        { Local, "Host: 127.0.0.6", "Allowed" },
        { "127.0.0.6", "Host: localhost", "Allowed" },
        { "::1", "Host: [::1]:5080", "Allowed" },
        { "::ffff:127.0.0.1", "Host: localhost", "Allowed" },
        { "::ffff:127.0.0.6", "Host: [::ffff:127.0.0.1]", "Allowed" },
        { "", "Host: localhost", "NoPeer" },
        { "unix", "Host: localhost", "NoPeer" },
        { "10.0.0.7", "Host: localhost", "RemotePeer" },
        { "::ffff:10.0.0.7", "Host: localhost", "RemotePeer" },
        { "fe80::1", "Host: localhost", "RemotePeer" },
        { "0.0.0.0", "Host: localhost", "RemotePeer" },
        { Local, "Accept: */*", "MissingHost" },
        { Local, "Host:", "MissingHost" },
        { Local, "Host: shop.example", "ForeignHost" },
        { Local, "Host: shop.example:5080", "ForeignHost" },
        { Local, "Host: localhost.evil.example", "ForeignHost" },
        { Local, "Host: evil-localhost", "ForeignHost" },
        { Local, "Host: localhost..", "ForeignHost" },
        { Local, "Host: 127.0.0.1.evil.example", "ForeignHost" },
        { Local, "Host: 127.0.0.1.nip.io", "ForeignHost" },
        { Local, "Host: 127.1", "ForeignHost" },
        { Local, "Host: 0x7f000001", "ForeignHost" },
        { Local, "Host: 2130706433", "ForeignHost" },
        { Local, "Host: 0177.0.0.1", "ForeignHost" },
        { Local, "Host: 0.0.0.0:5080", "ForeignHost" },
        { Local, "Host: 10.0.0.1", "ForeignHost" },
        { Local, "Host: [::]", "ForeignHost" },
        { Local, "Host: [::1", "ForeignHost" },
        { Local, "Host: [::1]evil", "ForeignHost" },
        { Local, "Host: [fe80::1%lo]", "ForeignHost" },
        { Local, "Host: localhost:port", "ForeignHost" },
        { Local, "Host: localhost:80:80", "ForeignHost" },
        { Local, "Host: localhost@evil.example", "ForeignHost" },
        { Local, "Host: localhost, evil.example", "ForeignHost" },
        { Local, "Host: localhost\nHost: localhost", "ForeignHost" },
        { Local, "Host: localhost\nX-Forwarded-For: 10.0.0.7", "Proxied" },
        { Local, "Host: localhost\nx-forwarded-proto: https", "Proxied" },
        { Local, "Host: localhost\nX-Forwarded-Host: x", "Proxied" },
        { Local, "Host: localhost\nX-Forwarded-Anything:", "Proxied" },
        { Local, "Host: localhost\nForwarded: for=10.0.0.7", "Proxied" },
        { Local, "Host: localhost\nVia: 1.1 proxy", "Proxied" },
        { Local, "Host: localhost\nX-Real-IP: 10.0.0.7", "Proxied" },
        { Local, "Host: localhost\nX-Original-For: 127.0.0.1", "Proxied" },
        { Local, "Host: localhost\nX-Original-Host: x", "Proxied" },
        { Local, "Host: localhost\nSec-Fetch-Site: none", "Allowed" },
        { Local, "Host: localhost\nSec-Fetch-Site: same-origin", "Allowed" },
        { Local, "Host: localhost\nSec-Fetch-Site: same-site", "CrossSite" },
        { Local, "Host: localhost\nSec-Fetch-Site: cross-site", "CrossSite" },
        { Local, "Host: localhost\nSec-Fetch-Site: none\nSec-Fetch-Site: cross-site", "CrossSite" },
        { Local, "Host: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: image", "CrossSite" },
        { Local, "Host: localhost:5080\nOrigin: http://localhost:5080", "Allowed" },
        { Local, "Host: localhost:5080\nOrigin: https://LOCALHOST:5080", "Allowed" },
        { Local, "Host: localhost:5080\nOrigin: http://localhost:3000", "ForeignOrigin" },
        { Local, "Host: localhost\nOrigin: http://evil.example", "ForeignOrigin" },
        { Local, "Host: localhost\nOrigin: null", "ForeignOrigin" },
        { Local, "Host: localhost\nOrigin:", "ForeignOrigin" },
    };

    [Theory, MemberData(nameof(OnTheApplicationsPort))]
    public void The_applications_port_answers_this_machine_only(string peer, string headers, string reason)
    {
        var decision = new AccessRules(null).Decide(Facts(PprofFront.Loopback, peer, headers), changesState: false);
        Assert.Equal(reason, decision.Reason.ToString());
        if (!decision.Allowed)
        {
            var crossSite = reason is "CrossSite" or "ForeignOrigin";
            Assert.Equal(crossSite ? 403 : 404, decision.Status);
            Assert.Equal(!crossSite, decision.Hidden);
        }
    }

    [Fact]
    public void On_the_applications_port_the_old_protocol_is_a_proxys()
    {
        var facts = Facts(PprofFront.Loopback, Local, "Host: localhost") with { OldHttp = true };
        Assert.Equal("Proxied", new AccessRules(null).Decide(facts, changesState: false).Reason.ToString());
        Assert.True(new AccessRules(null).Decide(facts with { Front = PprofFront.DiagnosticsPort }, changesState: false).Allowed);
    }

    [Theory, MemberData(nameof(OnTheApplicationsPort))]
    public void The_port_without_a_token_has_the_same_rules_but_for_the_peer(string peer, string headers, string reason)
    {
        var decision = new AccessRules(null).Decide(Facts(PprofFront.DiagnosticsPort, peer, headers), changesState: false);
        Assert.Equal(reason is "NoPeer" or "RemotePeer" ? "Allowed" : reason, decision.Reason.ToString());
        Assert.False(decision.Hidden);
        Assert.Equal(decision.Allowed, decision.Sentence.Length == 0);
    }

    [Theory]
    [InlineData("Host: 10.1.2.3:6060", "Allowed")]
    [InlineData("Host: [2001:db8::1]:6060", "Allowed")]
    [InlineData("Host: localhost:6060", "Allowed")]
    [InlineData("Host: app:6060", "ForeignHost")]
    [InlineData("Host: 0.0.0.0:6060", "ForeignHost")]
    [InlineData("Host: 10.1.2.3:6060\nX-Forwarded-For: 10.0.0.1", "Proxied")]
    public void An_address_chosen_by_the_owner_may_be_asked_for_by_its_number(string headers, string reason)
    {
        var facts = Facts(PprofFront.DiagnosticsPort, "10.0.0.7", headers) with { ChosenAddress = true };
        Assert.Equal(reason, new AccessRules(null).Decide(facts, changesState: false).Reason.ToString());
    }

    [Theory]
    [InlineData("Host: app:6060", "NoToken", 401)]
    [InlineData("Host: localhost\nAuthorization: Bearer wrong", "WrongToken", 401)]
    [InlineData("Host: localhost\nAuthorization: Bearer", "WrongToken", 401)]
    [InlineData("Host: localhost\nAuthorization: Bearer secret2", "WrongToken", 401)]
    [InlineData("Host: localhost\nAuthorization: secret", "WrongToken", 401)]
    [InlineData("Host: localhost\nAuthorization: Digest secret", "WrongToken", 401)]
    [InlineData("Host: localhost\nAuthorization: Basic !!", "WrongToken", 401)]
    [InlineData("Host: localhost\nAuthorization: Bearer secret\nAuthorization: Bearer secret", "WrongToken", 401)]
    [InlineData("Host: app:6060\nAuthorization: Bearer secret", "Allowed", 200)]
    [InlineData("Host: app:6060\nAuthorization: bearer  secret", "Allowed", 200)]
    [InlineData("Host: app:6060\nVia: 1.1 x\nAuthorization: Bearer secret", "Allowed", 200)]
    [InlineData("Host: app:6060\nAuthorization: Basic YW55OnNlY3JldA==", "Allowed", 200)]
    [InlineData("Host: app:6060\nSec-Fetch-Site: cross-site\nAuthorization: Basic YW55OnNlY3JldA==", "CrossSite", 403)]
    public void With_a_token_the_port_asks_for_nothing_else(string headers, string reason, int status)
    {
        var decision = new AccessRules("secret").Decide(Facts(PprofFront.DiagnosticsPort, "10.0.0.7", headers), changesState: false);
        Assert.Equal(reason, decision.Reason.ToString());
        Assert.Equal(status, decision.Status);
    }

    // Token configured, header lines, what decides: on a front whose application let the request in.
    [Theory]
    [InlineData("", "Host: shop.example", "NeedsHeader")]
    [InlineData("", "Host: shop.example\nX-SelfProfiler: 1", "Allowed")]
    [InlineData("", "Host: shop.example\nX-SelfProfiler:", "NeedsHeader")]
    [InlineData("", "Host: shop.example\nX-SelfProfiler: 1\nOrigin: http://evil.example", "ForeignOrigin")]
    [InlineData("", "Host: shop.example\nOrigin: https://shop.example", "NeedsHeader")]
    [InlineData("", "Host: shop.example\nAuthorization: Bearer secret", "NeedsHeader")]
    [InlineData("secret", "Host: shop.example\nX-SelfProfiler: 1", "NeedsToken")]
    [InlineData("secret", "Host: shop.example\nAuthorization: Bearer secret", "Allowed")]
    [InlineData("secret", "Host: shop.example\nAuthorization: Basic YW55OnNlY3JldA==", "NeedsHeader")]
    [InlineData("secret", "Host: shop.example\nX-SelfProfiler: 1\nAuthorization: Basic YW55OnNlY3JldA==", "Allowed")]
    public void Switching_needs_the_token_or_a_header_that_pages_cannot_send(string token, string headers, string reason)
    {
        var rules = new AccessRules(token);
        Assert.Equal(reason, rules.Decide(Facts(PprofFront.Mapped, "10.0.0.7", headers), changesState: true).Reason.ToString());
    }

    [Fact]
    public void A_mapped_endpoint_leaves_reading_to_the_application()
    {
        var facts = Facts(PprofFront.Mapped, "10.0.0.7", "Host: shop.example\nX-Forwarded-For: 10.0.0.1");
        Assert.True(new AccessRules("secret").Decide(facts, changesState: false).Allowed);
    }

    [Fact]
    public void Refusals_are_counted_and_the_first_one_says_what_to_set()
    {
        var engine = new FakeEngine();
        var handler = engine.Handler();
        for (var i = 0; i < 3; i++)
        {
            var response = handler.Handle(FakeEngine.Request("/", "GET", ("Host", "shop.example")), CancellationToken.None);
            Assert.Equal(404, response.Status);
            Assert.Contains("DiagnosticsToken", Encoding.UTF8.GetString(FakeEngine.Body(response)), StringComparison.Ordinal);
        }

        Assert.Equal(3, handler.Denied);
        Assert.Contains("ContinuousProfiling:DiagnosticsToken", Assert.Single(engine.Told), StringComparison.Ordinal);
    }

    [Fact]
    public void On_the_applications_port_a_stranger_sees_nothing()
    {
        var request = FakeEngine.Request("/") with { Access = Facts(PprofFront.Loopback, "10.0.0.7", "Host: localhost") };
        var response = new FakeEngine().Handler().Handle(request, CancellationToken.None);
        Assert.Equal(404, response.Status);
        Assert.Empty(response.Headers);
        Assert.Empty(FakeEngine.Body(response));
    }

    private static AccessFacts Facts(PprofFront front, string peer, string headers)
    {
        EndPoint? end = peer switch
        {
            "" => null,
            "unix" => new UnixDomainSocketEndPoint("/run/app.sock"),
            _ => new IPEndPoint(IPAddress.Parse(peer), 50_000),
        };
        return AccessFacts.Collect(front, end, headers.Split('\n').Select(line => line.Split(':', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1].Trim())));
    }
}

using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using SelfProfiler.Sdk.Tests.Serve.Port;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests.Fronts;

/// <summary>Who gets in on the application's own port, through the real server.</summary>
public sealed class DoorTests(Doors doors) : IClassFixture<Doors>
{
    private const string Yarp = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Proto: https\r\n";
    private const string Image = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\nReferer: http://evil.example/\r\n";

    [Theory]
    // This machine's own clients.
    [InlineData("127.0.0.1", "1.1", "localhost:5080", "", 200)]
    [InlineData("127.0.0.1", "1.1", "LOCALHOST", "", 200)]
    [InlineData("127.0.0.1", "1.1", "localhost.", "", 200)]
    [InlineData("127.0.0.1", "1.1", "127.0.0.1:5080", "", 200)]
    [InlineData("127.0.0.1", "1.1", "127.0.0.6", "", 200)]
    [InlineData("::ffff:127.0.0.1", "1.1", "localhost", "", 200)]
    [InlineData("127.0.0.6", "1.1", "127.0.0.6", "", 200)]
    [InlineData("::1", "1.1", "[::1]:5080", "", 200)]
    [InlineData("outside", "1.1", "localhost", "", 404)]
    // nginx as it comes: HTTP/1.0, no header of its own, Host is what proxy_pass names.
    [InlineData("127.0.0.1", "1.0", "app", "Connection: close\r\n", 404)]
    [InlineData("127.0.0.1", "1.0", "127.0.0.1:5080", "Connection: close\r\n", 404)]
    [InlineData("127.0.0.1", "1.0", "localhost:5080", "Connection: close\r\n", 404)]
    [InlineData("::ffff:127.0.0.1", "1.0", "localhost:5080", "Connection: close\r\n", 404)]
    [InlineData("unix", "1.0", "localhost", "Connection: close\r\n", 404)]
    // nginx as its manuals set it up.
    [InlineData("127.0.0.1", "1.1", "shop.example", "", 404)]
    [InlineData("127.0.0.1", "1.1", "localhost", "X-Real-IP: 203.0.113.9\r\n", 404)]
    [InlineData("127.0.0.1", "1.1", "localhost", "X-Forwarded-For: 203.0.113.9\r\n", 404)]
    [InlineData("unix", "1.1", "localhost", "", 404)]
    [InlineData("unix", "1.1", "localhost", "X-Forwarded-For: 127.0.0.1\r\n", 404)]
    // YARP: Host is the destination's.
    [InlineData("127.0.0.1", "1.1", "localhost:5080", Yarp, 404)]
    [InlineData("::1", "1.1", "localhost:5080", Yarp, 404)]
    // The middleware that believes headers stands before ours here: it takes them away and leaves others.
    [InlineData("forwarding", "1.1", "localhost", "", 200)]
    [InlineData("forwarding", "1.1", "localhost", "X-Forwarded-For: 127.0.0.1\r\n", 404)]
    [InlineData("forwarding", "1.1", "localhost", "X-Forwarded-For: ::1\r\nX-Forwarded-Proto: http\r\n", 404)]
    [InlineData("forwarding", "1.1", "shop.example", "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost\r\n", 404)]
    // Names that others own, and those that only look like ours.
    [InlineData("127.0.0.1", "1.1", "rebound.evil.example", "", 404)]
    [InlineData("127.0.0.1", "1.1", "localhost.evil.example", "", 404)]
    [InlineData("127.0.0.1", "1.1", "127.0.0.1.nip.io", "", 404)]
    [InlineData("127.0.0.1", "1.1", "0.0.0.0:5080", "", 404)]
    // Pages of others in a browser of this machine.
    [InlineData("127.0.0.1", "1.1", "localhost:5080", Image, 403)]
    [InlineData("127.0.0.1", "1.1", "localhost:5080", "Sec-Fetch-Site: same-site\r\n", 403)]
    [InlineData("127.0.0.1", "1.1", "localhost:5080", "Origin: http://localhost:3000\r\n", 403)]
    [InlineData("127.0.0.1", "1.1", "localhost:5080", "Sec-Fetch-Site: none\r\n", 200)]
    [InlineData("127.0.0.1", "1.1", "localhost:5080", "Sec-Fetch-Site: same-origin\r\nOrigin: http://localhost:5080\r\n", 200)]
    public void Reading(string door, string version, string host, string headers, int status)
    {
        if ((door == "outside" && Doors.Outside is null) || (door == "::1" && !Doors.HasIPv6))
        {
            return; // this machine has no such address
        }

        var answer = Ask(door, $"GET /debug/pprof/ HTTP/{version}\r\nHost: {host}\r\n{headers}\r\n");
        Assert.Equal(status, answer.Status);
        if (status == 404)
        {
            Assert.Empty(answer.Body); // as if nothing were there
            Assert.False(answer.Headers.ContainsKey("X-Go-Pprof"));
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "localhost", "", 403)]
    [InlineData("127.0.0.1", "localhost", "Origin: http://evil.example\r\nSec-Fetch-Site: cross-site\r\n", 403)]
    [InlineData("127.0.0.1", "localhost", "X-SelfProfiler: 1\r\nSec-Fetch-Site: cross-site\r\n", 403)]
    [InlineData("127.0.0.1", "localhost", "X-SelfProfiler: 1\r\n" + Yarp, 404)]
    [InlineData("127.0.0.1", "evil.example", "X-SelfProfiler: 1\r\n", 404)]
    [InlineData("unix", "localhost", "X-SelfProfiler: 1\r\n", 404)]
    [InlineData("127.0.0.1", "localhost", "X-SelfProfiler: 1\r\n", 200)]
    public void Switching(string door, string host, string headers, int status) => Assert.Equal(
        status, Ask(door, $"POST /debug/pprof/on HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: 0\r\n\r\n").Status);

    [Theory]
    [InlineData("", 403)]
    [InlineData("X-SelfProfiler: 1\r\n", 100)]
    public void A_body_is_asked_for_when_it_will_be_used(string headers, int status) => Assert.Equal(
        status, Ask("127.0.0.1", $"POST /debug/pprof/profile HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n").Status);

    [Theory]
    [InlineData("localhost:5080", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("localhost.", HttpStatusCode.OK)]
    [InlineData("app", HttpStatusCode.NotFound)]
    [InlineData("evil.example", HttpStatusCode.NotFound)]
    public async Task The_authority_of_http2_is_the_host(string authority, HttpStatusCode status)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{doors.Http2}/debug/pprof/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Host = authority;
        using var answer = await client.SendAsync(request);
        Assert.Equal((status, HttpVersion.Version20), (answer.StatusCode, answer.Version));
    }

    [Fact]
    public async Task A_server_in_memory_has_no_peer_and_shows_nothing()
    {
        await using var app = await MemoryServer.StartAsync();
        Assert.Equal(404, await app.StatusOfAsync("/debug/pprof/"));
        Assert.Equal(200, await app.StatusOfAsync("/"));
    }

    private RawResponse Ask(string door, string request)
    {
        using var client = doors.Knock(door);
        return client.Send(request).Read()!;
    }
}

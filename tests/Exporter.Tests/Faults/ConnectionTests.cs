using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using SelfProfiler.Exporter.Tests.Receivers;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Faults;

/// <summary>Connections that never stand, never answer, or answer something else: what is safe to repeat, and what is not.</summary>
public class ConnectionTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task A_slow_server_may_have_the_profile_so_it_is_not_sent_again()
    {
        await using var receiver = new PyroscopeReceiver
        {
            Fault = async context =>
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return true;
            },
        };
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address, Timeout = _timeout });

        var result = await exporter.ExportAsync(Single(), CancellationToken.None);

        Assert.Equal(ExportOutcome.Rejected, result.Outcome);
        Assert.EndsWith("no answer within 0.3 s. The server may have the profile, so it is not sent again.", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_server_that_answers_in_time_has_the_profile_once()
    {
        await using var receiver = new PyroscopeReceiver
        {
            Fault = async _ =>
            {
                await Task.Delay(_timeout);
                return false;
            },
        };
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address, Timeout = TimeSpan.FromSeconds(60) });

        Assert.Equal(ExportResult.Delivered, await exporter.ExportAsync(Single(), CancellationToken.None));
        Assert.Single(receiver.Taken);
    }

    [Fact]
    public async Task A_connection_that_hangs_ends_with_the_timeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var exporter = new ParcaExporter(new ParcaExporterOptions { Endpoint = new Uri($"http://{listener.LocalEndpoint}"), Timeout = _timeout });

        var result = await exporter.ExportAsync(Single(), CancellationToken.None);

        Assert.Equal(ExportOutcome.Rejected, result.Outcome);
        Assert.Contains("no answer within", result.Reason);
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_tried_again()
    {
        using var exporter = new ProfefeExporter(new ProfefeExporterOptions { Endpoint = new Uri("http://no-such-host.invalid:10100") });

        var result = await exporter.ExportAsync(Single(), CancellationToken.None);

        Assert.Equal((ExportOutcome.Retry, "http://no-such-host.invalid:10100: the name of the server is unknown."), (result.Outcome, result.Reason));
    }

    [Theory]
    [InlineData("200 OK", "text/html", "<html>Please log in</html>")]
    [InlineData("200 OK", "application/proto", "not a message at all")]
    public async Task An_answer_that_is_not_the_servers_is_no_delivery(string status, string type, string body)
    {
        await using var server = new RawServer($"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = server.Address });

        var result = await exporter.ExportAsync(Single(), CancellationToken.None);

        Assert.Equal((ExportOutcome.Rejected, $"The answer (200, {type}) is not Pyroscope's: is the address right?"), (result.Outcome, result.Reason));
    }

    [Fact]
    public async Task An_answer_that_is_no_http_is_no_delivery()
    {
        await using var server = new RawServer("\0\u0001SSH-2.0-garbage\r\n\r\n");
        using var exporter = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = server.Address });

        Assert.Equal(ExportOutcome.Rejected, (await exporter.ExportAsync(Single(), CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_refused_before_anything_is_sent()
    {
        using var certificate = SelfSigned();
        var bodies = 0;
        await using var app = await StartTlsAsync(certificate, () => bodies++);
        var address = new Uri(app.Urls.First());
        using var careful = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = address });
        var trusting = new PyroscopeExporterOptions { Endpoint = address };
        trusting.ConfigureHandler(handler => handler.SslOptions.RemoteCertificateValidationCallback =
            (_, theirs, _, _) => theirs is not null && theirs.GetCertHashString(HashAlgorithmName.SHA256) == certificate.GetCertHashString(HashAlgorithmName.SHA256));
        using var configured = new PyroscopeExporter(trusting);

        var refused = await careful.ExportAsync(Single(), CancellationToken.None);
        Assert.Equal((ExportOutcome.Retry, 0), (refused.Outcome, bodies));
        Assert.Contains("no trusted connection", refused.Reason);
        Assert.Equal(ExportOutcome.Delivered, (await configured.ExportAsync(Single(), CancellationToken.None)).Outcome);
    }

    // One series, one push.
    private static ProfileExport Single() => new(
        new TestKit.SyntheticProfile(ProfileKind.Cpu) { Start = DateTimeOffset.UtcNow }.Add(1, 10, [], "Main").Build(), Samples.Source, 0);

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    private static async Task<WebApplication> StartTlsAsync(X509Certificate2 certificate, Action received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        app.Run(context =>
        {
            received();
            context.Response.ContentType = "application/proto";
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return app;
    }

    /// <summary>Answers every connection with the same bytes, whatever it was asked.</summary>
    private sealed class RawServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _loop;

        public RawServer(string answer)
        {
            _listener.Start();
            _loop = Task.Run(async () =>
            {
                try
                {
                    while (true)
                    {
                        using var client = await _listener.AcceptTcpClientAsync();
                        var stream = client.GetStream();
                        await ReadRequestAsync(stream);
                        await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
                    }
                }
                catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
                {
                    // The test is over: whichever step the end of the listener met.
                }
            });
        }

        public Uri Address => new($"http://{_listener.LocalEndpoint}");

        // To its end: closing with bytes unread would reset the connection before the client has the answer.
        private static async Task ReadRequestAsync(NetworkStream stream)
        {
            var bytes = new byte[64 * 1024];
            var length = 0;
            var end = int.MaxValue;
            while (length < end)
            {
                var read = await stream.ReadAsync(bytes.AsMemory(length));
                if (read == 0)
                {
                    throw new EndOfStreamException();
                }

                length += read;
                var text = Encoding.Latin1.GetString(bytes, 0, length);
                var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (head > 0)
                {
                    var size = text.Split("Content-Length: ")[1].Split('\r')[0];
                    end = head + 4 + int.Parse(size, System.Globalization.CultureInfo.InvariantCulture);
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _loop;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using SelfProfiler.Bench.Overhead.Load;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Bench;

public class LoadTests
{
    [Fact]
    public void Quantiles_are_within_two_percent()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 10_000; i++)
        {
            histogram.Add(i);
        }

        Assert.InRange(histogram.Quantile(0.5), 4_900, 5_100);
        Assert.InRange(histogram.Quantile(0.99), 9_700, 10_100);
        Assert.InRange(histogram.Quantile(1), 9_800, 10_200);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")]
    public void Every_request_is_answered_and_counted(string answer)
    {
        using var server = new Server(answer, TimeSpan.Zero);
        using var load = new LoadGenerator(server.Address, ["/a", "/b"], connections: 2);

        var open = load.Open(perSecond: 200, seconds: 0.5, seed: 1);
        var closed = load.Closed(seconds: 0.2);

        Assert.Equal(0, open.Failures + closed.Failures);
        Assert.InRange(open.Requests, 60, 140);
        Assert.InRange(closed.Requests, 2, 1_000_000);
    }

    [Fact]
    public void Waiting_for_a_busy_server_counts_as_latency()
    {
        // 50 requests per second come due; one connection can have 20 of them answered: the last ones wait for long.
        using var server = new Server("Content-Length: 0\r\n\r\n", TimeSpan.FromMilliseconds(50));
        using var load = new LoadGenerator(server.Address, ["/"], connections: 1);

        var result = load.Open(perSecond: 50, seconds: 0.6, seed: 1);

        Assert.InRange(result.Latency.Quantile(0.95), 300_000, 30_000_000);
    }

    [Fact]
    public void A_refused_request_is_a_failure()
    {
        using var server = new Server("Content-Length: 0\r\n\r\n", TimeSpan.Zero, "500 No");
        using var load = new LoadGenerator(server.Address, ["/"], connections: 1);

        Assert.Equal(1, load.Closed(seconds: 0.1).Failures);
    }

    /// <summary>Answers everything with the same bytes, one thread for each connection.</summary>
    private sealed class Server : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public Server(string answer, TimeSpan delay, string status = "200 OK")
        {
            _listener.Start();
            var bytes = Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{answer}");
            new Thread(() => Accept(bytes, delay)) { IsBackground = true }.Start();
        }

        public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

        public void Dispose() => _listener.Dispose();

        private void Accept(byte[] answer, TimeSpan delay)
        {
            try
            {
                while (true)
                {
                    var socket = _listener.AcceptSocket();
                    new Thread(() => Serve(socket, answer, delay)) { IsBackground = true }.Start();
                }
            }
            catch (Exception e) when (e is SocketException or InvalidOperationException)
            {
                // Disposed: the test is over.
            }
        }

        private static void Serve(Socket socket, byte[] answer, TimeSpan delay)
        {
            using (socket)
            {
                socket.NoDelay = true;
                var buffer = new byte[4_096];
                try
                {
                    while (socket.Receive(buffer) > 0)
                    {
                        Thread.Sleep(delay);
                        socket.Send(answer);
                    }
                }
                catch (SocketException)
                {
                    // The client went away.
                }
            }
        }
    }
}

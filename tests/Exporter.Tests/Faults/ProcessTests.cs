using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SelfProfiler.Exporter.Tests.Receivers;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Exporter.Tests.Faults;

/// <summary>Real programs that profile themselves: what arrives of one that is killed, and of one that lives two seconds.</summary>
public class ProcessTests
{
    [Fact]
    public async Task What_a_killed_process_had_spooled_is_sent_once_by_the_next()
    {
        using var directory = new TemporaryDirectory();
        await using (var child = Start(OutageTests.FreeAddress(), directory.Path, "live"))
        {
            await child.WaitForLineAsync("spooled", TimeSpan.FromMinutes(1));
            using var process = Process.GetProcessById(child.Id);
            process.Kill();
            await child.WaitForExitAsync(TimeSpan.FromSeconds(20));
        }

        var left = directory.Files("*.push").Length;
        await using var receiver = new PyroscopeReceiver();
        using var next = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = receiver.Address, SpoolDirectory = directory.Path });
        Assert.True(left > 0);
        Assert.Equal(left, next.Backlog.Count);
        while (next.Backlog.Count > 0)
        {
            Assert.Equal(ExportOutcome.Delivered, (await next.ResumeAsync(default)).Outcome);
        }

        Assert.Equal((left, 0), (receiver.Taken.Length, receiver.Refused.Length));
        OutageTests.AssertOnce(receiver);
        Assert.Empty(directory.Files("*.push*"));
    }

    [Fact]
    public async Task A_process_that_lives_two_seconds_is_seen_with_its_trace()
    {
        // What cannot be sent within the two seconds that an end may take is lost, by design: on a loaded machine, once more.
        var said = "";
        for (var attempt = 0; attempt < 4; attempt++)
        {
            await using var receiver = new PyroscopeReceiver();
            await using var child = Start(receiver.Address, "-", "once");
            await child.WaitForExitAsync(TimeSpan.FromMinutes(2));
            Assert.True(child.ExitCode == 0, child.Output);
            Assert.Empty(receiver.Refused);
            var trace = (await child.WaitForLineAsync("trace")).Split(' ')[1];
            if (receiver.Taken.Any(one => one.Labels["service_name"] == "exporting" && one.Profile.Rows.Any(row => row.Labels.GetValueOrDefault("trace_id") == trace)))
            {
                return;
            }

            said += $"Arrived: {string.Join(", ", receiver.Taken.Select(one => $"{one.Labels["__name__"]} {one.Profile.Rows.Length}"))}\n{child.Output}\n";
        }

        Assert.Fail(said);
    }

    [Fact]
    public async Task A_process_whose_server_hangs_ends_all_the_same()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var child = Start(new Uri($"http://{listener.LocalEndpoint}"), "-", "once");

        await child.WaitForLineAsync("done", TimeSpan.FromMinutes(1));
        var since = Stopwatch.GetTimestamp();
        await child.WaitForExitAsync(TimeSpan.FromMinutes(1));

        // The flush has two seconds; a server's timeout alone would be ten.
        Assert.True(child.ExitCode == 0, child.Output);
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 0, 9);
    }

    private static ChildProcess Start(Uri address, string spool, string mode) =>
        ChildProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Exporting.dll"), address.ToString(), spool, mode]);
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SelfProfiler.Labels;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Labels;

/// <summary>The application's tracing is the same with labels and without.</summary>
[Collection(OneTracker.Name)]
public sealed class TracingUntouchedTests
{
    public static TheoryData<string?, ActivitySamplingResult?> Cases => new()
    {
        { null, null },
        { "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00", null },
        { "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", null },
        { "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", ActivitySamplingResult.PropagationData },
        { "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", ActivitySamplingResult.AllData },
        { "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", ActivitySamplingResult.AllDataAndRecorded },
        { "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", ActivitySamplingResult.None },
        { null, ActivitySamplingResult.AllDataAndRecorded },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Outgoing_headers_and_what_listeners_see_are_identical(string? incoming, ActivitySamplingResult? sampling)
    {
        string without = await Run(incoming, sampling);
        string with;
        using (new TrackedFlows(new LabelOptions { ActivityTags = ["url.full", "tenant"], BaggageKeys = ["tier"] }))
        {
            with = await Run(incoming, sampling);
        }

        Assert.Equal(without, with);
        Assert.Contains("header", with);
    }

    [Fact]
    public void No_listener_is_registered()
    {
        using var source = new ActivitySource("nobody listens");
        using var flows = new TrackedFlows();
        Assert.False(source.HasListeners());
        Assert.Null(source.StartActivity("nothing"));
    }

    private static async Task<string> Run(string? incoming, ActivitySamplingResult? sampling)
    {
        var seen = new ConcurrentQueue<string>();
        var names = new ConcurrentDictionary<string, string>();
        using var source = new ActivitySource("shop");
        using var listener = new ActivityListener
        {
            ShouldListenTo = one => one.Name is "shop" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling ?? ActivitySamplingResult.None,
            ActivityStarted = activity => seen.Enqueue("start " + Describe(activity)),
            ActivityStopped = activity => seen.Enqueue("stop " + Describe(activity)),
        };
        if (sampling is not null)
        {
            ActivitySource.AddActivityListener(listener);
        }

        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var served = Task.Run(() => Serve(server));
        var request = new Activity("request");
        if (incoming is not null)
        {
            request.SetParentId(incoming);
        }

        request.AddBaggage("tier", "gold").Start();
        RequestScope.SetRoute("/orders");
        using (var inner = source.StartActivity("inner"))
        {
            inner?.SetTag("tenant", "a");
            using var label = ProfilingLabels.Begin("job", "x");
            using var client = new HttpClient();
            await client.GetStringAsync(new Uri($"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}/"));
        }

        request.Stop();
        foreach (string header in await served)
        {
            seen.Enqueue("header " + Anonymous(header));
        }

        return string.Join('\n', seen.Append(Describe(request)).Append($"current {Activity.Current?.OperationName}"));

        string Describe(Activity activity) => Anonymous(
            $"{activity.OperationName} {activity.Kind} {activity.Id} parent {activity.ParentId} {activity.Parent?.OperationName} remote {activity.HasRemoteParent} "
            + $"{activity.Recorded} {activity.IsAllDataRequested} {activity.Status} tags {string.Join(' ', activity.TagObjects.Select(tag => tag.Key))} "
            + $"baggage {string.Join(' ', activity.Baggage)} trace state {activity.TraceStateString}");

        // Ids are random; which of them are the same is not.
        string Anonymous(string text) => string.Join(' ', text.Split(' ').Select(word => string.Join('-', word.Split('-').Select(
            part => part.Length is 16 or 32 && part.All(char.IsAsciiHexDigitLower) ? names.GetOrAdd(part, _ => "id" + names.Count) : part))));
    }

    private static async Task<string[]> Serve(TcpListener server)
    {
        using var client = await server.AcceptTcpClientAsync();
        var stream = client.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        var headers = new List<string>();
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            if (!line.StartsWith("Host", StringComparison.OrdinalIgnoreCase))
            {
                headers.Add(line);
            }
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"));
        return [.. headers];
    }
}

using System.Net;
using SelfProfiler.Serve;
using SelfProfiler.TestKit;

namespace SelfProfiler.Sdk.Tests.Serve;

/// <summary>An engine that answers at once, or when it is told to.</summary>
internal sealed class FakeEngine
{
    private volatile TaskCompletionSource? _held;
    private int _waiting;
    private int _cancelled;

    public List<ProfileQuery> Queries { get; } = [];

    public bool Enabled { get; set; } = true;

    /// <summary>Captures that wait now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public int Cancelled => Volatile.Read(ref _cancelled);

    public List<string> Told { get; } = [];

    public List<TimeSpan?> Boosts { get; } = [];

    /// <summary>Captures (not snapshots) wait until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _held?.SetResult();

    public ServedProfiler Profiler => new()
    {
        Collect = Collect,
        CollectAsync = CollectAsync,
        Status = () => new ServedStatus(
            [new("cpu source", "kernel"), new("<script>", "\"&'")],
            [new("samples dropped", 3)],
            new Dictionary<ProfileKind, long> { [ProfileKind.Cpu] = 12_345 }),
        Enabled = () => Enabled,
        SetEnabled = enabled => Enabled = enabled,
        Boost = Boosts.Add,
        Trace = (duration, stream, _) => stream.Write("Nettrace"u8),
        TraceAsync = async (duration, stream, cancellationToken) => await stream.WriteAsync("Nettrace"u8.ToArray(), cancellationToken),
    };

    public PprofHandler Handler(ServeOptions? options = null, Func<ServedProfiler, ServedProfiler>? change = null) =>
        new(change?.Invoke(Profiler) ?? Profiler, options ?? new ServeOptions(), Told.Add, new FakeTimeProvider());

    /// <summary>A request of a person on this machine.</summary>
    public static PprofRequest Request(string target, string method = "GET", params (string Name, string Value)[] headers)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var all = headers.ToList();
        if (!all.Exists(header => header.Name == "Host"))
        {
            all.Add(("Host", "localhost:6060"));
        }

        return new PprofRequest
        {
            Method = method,
            Path = question < 0 ? target : target[..question],
            Query = question < 0 ? "" : target[(question + 1)..],
            Access = AccessFacts.Collect(
                PprofFront.DiagnosticsPort,
                new IPEndPoint(IPAddress.Loopback, 50_000),
                all.Select(header => KeyValuePair.Create(header.Name, header.Value))),
        };
    }

    public static byte[] Body(PprofResponse response)
    {
        if (response.Write is null)
        {
            return response.Content.ToArray();
        }

        var stream = new MemoryStream();
        response.Write(stream, CancellationToken.None);
        return stream.ToArray();
    }

    private Profile Collect(ProfileQuery query, CancellationToken cancellationToken)
    {
        lock (Queries)
        {
            Queries.Add(query);
        }

        if (query.Duration is not null && _held is { } held)
        {
            Interlocked.Increment(ref _waiting);
            try
            {
                held.Task.Wait(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _cancelled); // two may end at once
                throw;
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }

        return SyntheticProfile.Shop(query.Kind).Build();
    }

    private async Task<Profile> CollectAsync(ProfileQuery query, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return Collect(query, cancellationToken);
    }
}

/// <summary>Requests whose bodies are there already.</summary>
internal static class WholeRequests
{
    public static PprofResponse Handle(this PprofHandler handler, PprofRequest request, CancellationToken cancellationToken) =>
        handler.Handle(handler.Admit(request), cancellationToken);

    public static Task<PprofResponse> HandleAsync(this PprofHandler handler, PprofRequest request, CancellationToken cancellationToken) =>
        handler.HandleAsync(handler.Admit(request), cancellationToken);
}

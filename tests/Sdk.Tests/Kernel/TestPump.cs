using SelfProfiler.Decode;
using SelfProfiler.Kernel;

namespace SelfProfiler.Sdk.Tests.Kernel;

/// <summary>A pump of the tests: attaches on a thread of its own, drains every 20 ms or when told, keeps all samples.</summary>
internal sealed class TestPump : IDisposable
{
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _stop = new();
    private readonly ManualResetEventSlim _attached = new();
    private readonly AutoResetEvent _drain = new(false);
    private readonly AutoResetEvent _drained = new(false);
    private readonly List<Kept> _samples = [];
    private readonly KernelSampler _sampler;
    private readonly bool _lazy;
    private string? _reason;

    /// <param name="settings">For the sampler.</param>
    /// <param name="rights">Fewer rights than the kernel grants, as an older kernel would.</param>
    /// <param name="lazy">Drain only when told.</param>
    public TestPump(KernelSamplerSettings settings, PerfRights? rights = null, bool lazy = false)
    {
        var granted = KernelSampler.TryStart(settings, out var reason) ?? throw new InvalidOperationException(reason);
        _sampler = rights is null ? granted : new KernelSampler(PerfAbi.Current!, rights, settings);
        _lazy = lazy;
        _thread = new Thread(Loop) { IsBackground = true, Name = "test pump" };
        _thread.Start();
        _attached.Wait();
        if (_reason is not null)
        {
            throw new InvalidOperationException(_reason);
        }
    }

    /// <summary>To be read after <see cref="Stop"/>.</summary>
    public IReadOnlyList<Kept> Samples => _samples;

    public KernelSamplerStatus Status => _sampler.Status;

    public KernelSamplerStatus LastStatus { get; private set; } = new() { Running = false };

    public int Count(int thread) => _samples.Count(sample => sample.Thread == thread);

    public void Drain()
    {
        _drain.Set();
        _drained.WaitOne();
    }

    /// <summary>Drains what is left and stops.</summary>
    public void Stop()
    {
        _stop.Set();
        _drain.Set();
        _thread.Join();
    }

    public void Dispose()
    {
        Stop();
        _stop.Dispose();
        _attached.Dispose();
        _drain.Dispose();
        _drained.Dispose();
    }

    private void Loop()
    {
        _sampler.AddOwnThread(Libc.CurrentThread());
        if (!_sampler.AttachOnPump(out _reason))
        {
            _reason ??= "No reason was given.";
        }

        _attached.Set();
        while (!_stop.IsSet)
        {
            _ = _lazy ? _drain.WaitOne() : _drain.WaitOne(20);
            _sampler.Drain(Keep);
            _drained.Set();
        }

        _sampler.Drain(Keep);
        LastStatus = _sampler.Status;
        _sampler.Dispose();
    }

    private void Keep(in RawSample sample) =>
        _samples.Add(new Kept(sample.Thread, sample.Timestamp, sample.Addresses.ToArray(), sample.Truncated));

    internal sealed record Kept(int Thread, long Timestamp, ulong[] Addresses, bool Truncated);
}

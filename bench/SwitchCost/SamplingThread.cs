using SelfProfiler.Kernel;

namespace SelfProfiler.SwitchCost;

/// <summary>Owns the events on a thread of its own, as the pump does: threads that the owner of a ring creates are no clones for the kernel.</summary>
internal sealed class SamplingThread : IDisposable
{
    private readonly Thread _thread;
    private readonly AutoResetEvent _wanted = new(false);
    private readonly AutoResetEvent _done = new(false);
    private Action<KernelSampler>? _command;
    private string? _reason;

    public SamplingThread(SamplerScheme scheme)
    {
        _thread = new Thread(() => Loop(scheme));
        _thread.Start();
        _done.WaitOne();
        if (_reason is not null)
        {
            throw new InvalidOperationException(_reason);
        }
    }

    public void Do(Action<KernelSampler>? command)
    {
        _command = command;
        _wanted.Set();
        _done.WaitOne();
    }

    public void Dispose()
    {
        Do(null);
        _thread.Join();
        _wanted.Dispose();
        _done.Dispose();
    }

    private void Loop(SamplerScheme scheme)
    {
        using var sampler = KernelSampler.TryStart(new KernelSamplerSettings { Scheme = scheme, KernelTime = true }, out _reason);
        if (sampler is null || !sampler.AttachOnPump(out _reason))
        {
            _done.Set();
            return;
        }

        do
        {
            _done.Set();
            _wanted.WaitOne();
            _command?.Invoke(sampler);
        }
        while (_command is not null);
        _done.Set();
    }
}

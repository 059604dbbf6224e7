using SelfProfiler.Decode;

namespace SelfProfiler.Kernel;

/// <summary>Turns the records in the rings into samples. Pump only, except for the own threads.</summary>
internal sealed class SampleDrain(PerfAbi abi, PerfRights rights, KernelSamplerSettings settings) : IDisposable
{
    /// <summary>The kernel stops at 127 frames (kernel.perf_event_max_stack) of either kind.</summary>
    private const int MaxFrames = 127;

    private byte[] _scratch = new byte[4 << 10];
    private readonly ulong[] _addresses = new ulong[(2 * MaxFrames) + StackRepair.MaxAdded + 16];
    private readonly int _process = Environment.ProcessId;
    private readonly bool _kernelFrames = rights.KernelTime && settings.KernelFrames;
    private readonly StackRepair? _repair = settings.FindMethod is { } find ? new StackRepair(abi, find, settings.Counters) : null;
    private readonly KernelCounters _counters = settings.Counters;

    // Replaced as a whole by any thread, read by the pump.
    private volatile int[] _ownThreads = [];
    private readonly Lock _ownGate = new();

    public void AddOwnThread(int thread)
    {
        lock (_ownGate)
        {
            _ownThreads = [.. _ownThreads, thread];
        }
    }

    public int Run(SamplerEvents events, RawSampleHandler onSample)
    {
        var before = _counters.Samples;
        var rings = events.Rings;
        for (var i = 0; i < rings.Count; i++)
        {
            var ring = rings[i];
            ring.Begin();
            try
            {
                while (ring.TryRead(_process, ref _scratch, ref _counters.ForeignSamples, out var record))
                {
                    Take(record, events, onSample);
                }
            }
            finally
            {
                // A handler that throws loses the record in hand; the ring goes on.
                ring.End();
            }
        }

        return (int)(_counters.Samples - before);
    }

    public void Dispose() => _repair?.Dispose();

    private void Take(ReadOnlySpan<byte> record, SamplerEvents events, RawSampleHandler onSample)
    {
        switch (PerfRecord.Type(record))
        {
            case PerfRecord.Sample:
                if (PerfRecord.TryReadSample(record, abi, events.StackBytes > 0, out var sample))
                {
                    Take(sample, events, onSample);
                }
                else
                {
                    _counters.Malformed++;
                }

                break;
            case PerfRecord.Lost or PerfRecord.LostSamples:
                _counters.Lost += (long)PerfRecord.LostCount(record);
                break;
            case PerfRecord.Throttle:
                _counters.Throttled++;
                break;
            case PerfRecord.Fork:
                events.OnFork();
                break;
            case PerfRecord.Exit:
                events.OnExit(PerfRecord.TaskThread(record));
                break;
        }
    }

    private void Take(in PerfSample sample, SamplerEvents events, RawSampleHandler onSample)
    {
        if (!events.Accept(sample.Thread, sample.Id))
        {
            return;
        }

        if (Array.IndexOf(_ownThreads, sample.Thread) >= 0)
        {
            _counters.OwnSamples++;
            return;
        }

        var kernel = KernelPart(sample);
        var count = kernel + UserPart(sample, _addresses.AsSpan(kernel));
        var truncated = count - kernel >= MaxFrames;
        if (_repair is not null && !sample.Registers.IsEmpty)
        {
            count = kernel + _repair.Repair(_addresses.AsSpan(kernel), count - kernel, sample, ref truncated);
        }

        var code = PerfRecord.UserCode(_addresses.AsSpan(kernel, count - kernel));
        truncated |= kernel + code < count;
        count = kernel + code;
        _counters.Samples++;
        onSample(new RawSample
        {
            Source = SampleSource.Kernel,
            Thread = sample.Thread,
            Timestamp = sample.Time,
            Count = 1,
            Addresses = _addresses.AsSpan(0, count),
            Truncated = truncated,
        });
    }

    /// <summary>Frames of the kernel where asked for, else one address that stands for all of them.</summary>
    private int KernelPart(in PerfSample sample)
    {
        if (!_kernelFrames)
        {
            _addresses[0] = PerfRecord.KernelMarker;
            return sample.InKernel ? 1 : 0;
        }

        var count = 0;
        var kernel = false;
        foreach (var entry in sample.Chain)
        {
            if (entry >= PerfRecord.FirstMarker)
            {
                kernel = entry == PerfRecord.KernelMarker;
            }
            else if (kernel && count < MaxFrames)
            {
                _addresses[count++] = entry;
            }
        }

        return count;
    }

    private static int UserPart(in PerfSample sample, Span<ulong> addresses)
    {
        var count = 0;
        var user = false;
        foreach (var entry in sample.Chain)
        {
            if (entry >= PerfRecord.FirstMarker)
            {
                user = entry == PerfRecord.UserMarker;
            }
            else if (user && count < MaxFrames && entry != 0)
            {
                addresses[count++] = entry;
            }
        }

        return count;
    }
}

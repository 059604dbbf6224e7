namespace SelfProfiler.Decode;

/// <summary>
/// Makes samples, method loads and garbage collections of the runtime's events. One per connection: pairs of events are joined
/// within a stream. It looks at provider and number only, never at names (rundown events have none).
/// </summary>
internal sealed class RuntimeEventParser
{
    private readonly RuntimeEventHandlers _handlers;
    private readonly CodeEventParser _code;

    // Pump only.
    private OpenPairs _pairs;

    public RuntimeEventParser(RuntimeEventHandlers handlers)
    {
        _handlers = handlers;
        _code = new CodeEventParser(handlers, Counters);
        _pairs = new OpenPairs(Counters);
    }

    public RuntimeEventCounters Counters { get; } = new();

    /// <summary>Waits and contentions that began and did not end.</summary>
    public OpenPairs Open => _pairs;

    /// <summary>Operating system id of the runtime's sampler, 0 before the first tick: suspensions by this thread are ours.</summary>
    public long SamplerThread { get; private set; }

    /// <summary>Takes one event; an <see cref="EventRecordHandler"/> for a <see cref="NettraceReader"/>.</summary>
    public void OnEvent(in EventRecord record)
    {
        switch (record.Provider)
        {
            case EventProvider.Runtime:
                OnRuntime(in record);
                break;
            case EventProvider.Rundown:
                _code.OnRundown(in record);
                break;
            case EventProvider.SampleProfiler when record.EventId == RuntimeEventId.SampleProfiler.ThreadSample:
                OnTick(in record);
                break;
        }
    }

    /// <summary>The session has ended: what is open will never be seen to end. Told to <see cref="RuntimeEventHandlers.OpenAtEdge"/>, or counted in <see cref="RuntimeEventCounters.CutPairs"/>.</summary>
    /// <param name="stopped">When it was told to stop; null: that is not known.</param>
    public void OnSessionEdge(long? stopped)
    {
        int told = 0;
        if (stopped is { } moment && _handlers.OpenAtEdge is { } tell && Counters.DroppedPairs == 0)
        {
            OpenWaits(moment, (in RawSample open) => told += tell(in open) ? 1 : 0);
        }

        _pairs.Clear(told);
    }

    /// <summary>Goes on with what is open in the stream before, which has been read to its end.</summary>
    public void TakeOver(RuntimeEventParser before)
    {
        _pairs = before._pairs;
        _pairs.Counters = Counters;
        before._pairs = new OpenPairs(before.Counters);
    }

    /// <summary>Shows waits and contentions that are still open as samples of the time they took so far.</summary>
    public void OpenWaits(long now, RawSampleHandler visit)
    {
        var position = 0;
        while (_pairs.Next(ref position, out var thread, out var pair))
        {
            visit(new RawSample
            {
                Source = pair.Kind == PairKind.Contention ? SampleSource.Contention : SampleSource.Wait,
                Thread = (int)thread,
                Timestamp = now,
                Value = Math.Max(0, now - pair.Begin),
                Count = 1,
                Open = true,
                Addresses = pair.Addresses,
                Truncated = pair.StackLength == DecodeLimits.RuntimeStackDepth,
                OwnerThread = pair.Owner,
            });
        }
    }

    private void OnRuntime(in EventRecord record)
    {
        switch (record.EventId)
        {
            case RuntimeEventId.AllocationSampled:
                OnAllocationSampled(in record);
                break;
            case RuntimeEventId.GcAllocationTick:
                OnAllocationTick(in record);
                break;
            case RuntimeEventId.WaitHandleWaitStart:
                _pairs.Begin(record.Thread, PairKind.Wait, record.Timestamp, owner: 0, record.Stack);
                break;
            case RuntimeEventId.WaitHandleWaitStop:
                OnWaitStop(in record);
                break;
            case RuntimeEventId.ContentionStart:
                OnContentionStart(in record);
                break;
            case RuntimeEventId.ContentionStop:
                OnContentionStop(in record);
                break;
            case RuntimeEventId.ExceptionThrown:
                OnException(in record);
                break;
            case RuntimeEventId.GcStart or RuntimeEventId.GcEnd or RuntimeEventId.GcSuspendEEBegin or RuntimeEventId.GcRestartEEEnd:
                OnGc(in record);
                break;
            default:
                _code.OnRuntime(in record);
                break;
        }
    }

    private void OnTick(in EventRecord record)
    {
        const uint Managed = 2;
        SamplerThread = record.CaptureThread;
        var cursor = new BlockCursor(record.Payload);
        var state = cursor.U32();
        Emit(in record, SampleSource.Tick, value: 0, count: 1, cursor.Failed, managed: state == Managed);
    }

    private void OnAllocationSampled(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        cursor.Skip(sizeof(uint) + sizeof(ushort) + record.PointerSize); // Kind, instance, type.
        var type = cursor.Text();
        cursor.Pointer(record.PointerSize);
        var size = cursor.U64();
        var weight = AllocationWeight.Sampled(size);
        Emit(in record, SampleSource.Allocation, size * weight, weight, cursor.Failed, type: type);
    }

    // One event for about 100 KB of each heap: the object that reached the mark stands for all of them.
    private void OnAllocationTick(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        cursor.Skip(sizeof(uint) + sizeof(uint) + sizeof(ushort)); // Amount, kind, instance.
        var amount = cursor.U64();
        cursor.Pointer(record.PointerSize);
        var type = cursor.Text();
        cursor.U32(); // Heap.
        cursor.Pointer(record.PointerSize);
        var size = record.Version >= 4 ? cursor.U64() : 0;
        var count = size > 0 ? Math.Max(1, amount / (double)size) : 1;
        Emit(in record, SampleSource.Allocation, amount, count, cursor.Failed || record.Version < 3, type: type);
    }

    private void OnWaitStop(in EventRecord record)
    {
        if (!_pairs.TryEnd(record.Thread, PairKind.Wait, out var pair))
        {
            return;
        }

        if (pair.InContention)
        {
            Counters.AddWaitInContention();
            return;
        }

        EmitPair(in record, SampleSource.Wait, in pair, record.Timestamp - pair.Begin);
    }

    private void OnContentionStart(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        cursor.Skip(sizeof(byte) + sizeof(ushort)); // Flags, instance.
        ulong owner = 0;
        if (record.Version >= 2)
        {
            cursor.Pointer(record.PointerSize); // Lock.
            cursor.Pointer(record.PointerSize); // Object.
            owner = cursor.U64();
        }

        if (cursor.Failed)
        {
            Counters.AddMalformed();
        }

        _pairs.Begin(record.Thread, PairKind.Contention, record.Timestamp, owner <= int.MaxValue ? (int)owner : 0, record.Stack);
    }

    private void OnContentionStop(in EventRecord record)
    {
        if (!_pairs.TryEnd(record.Thread, PairKind.Contention, out var pair))
        {
            return;
        }

        var cursor = new BlockCursor(record.Payload);
        cursor.Skip(sizeof(byte) + sizeof(ushort)); // Flags, instance.
        var duration = record.Version >= 1 ? cursor.F64() : record.Timestamp - pair.Begin;
        if (cursor.Failed || !(duration >= 0) || double.IsInfinity(duration))
        {
            Counters.AddMalformed();
            return;
        }

        EmitPair(in record, SampleSource.Contention, in pair, duration);
    }

    private void OnException(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        var type = cursor.Text();
        Emit(in record, SampleSource.Exception, value: 0, count: 1, cursor.Failed, type: type);
    }

    private void OnGc(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        switch (record.EventId)
        {
            case RuntimeEventId.GcStart:
                var start = new GcStart(cursor.U32(), cursor.I32(), cursor.I32(), cursor.I32(), record.Thread, record.Timestamp);
                Tell(_handlers.GcStart, start, cursor.Failed);
                break;
            case RuntimeEventId.GcEnd:
                Tell(_handlers.GcStop, new GcStop(cursor.U32(), cursor.I32(), record.Thread, record.Timestamp), cursor.Failed);
                break;
            case RuntimeEventId.GcSuspendEEBegin:
                Tell(_handlers.SuspendBegin, new SuspendBegin(record.Thread, record.Timestamp, (SuspendReason)cursor.I32()), cursor.Failed);
                break;
            default:
                Tell(_handlers.SuspendEnd, new SuspendEnd(record.Thread, record.Timestamp), malformed: false);
                break;
        }
    }

    private void Tell<T>(Action<T>? handler, T what, bool malformed)
    {
        if (malformed)
        {
            Counters.AddMalformed();
        }
        else
        {
            handler?.Invoke(what);
        }
    }

    // The end has a stack of its own, unless the runtime could not walk it.
    private void EmitPair(in EventRecord record, SampleSource source, in OpenPairs.Pair pair, double value)
    {
        var stack = record.Stack.IsEmpty ? pair.Addresses : record.Stack;
        _handlers.Sample?.Invoke(new RawSample
        {
            Source = source,
            Thread = (int)record.Thread,
            Timestamp = record.Timestamp,
            Value = Math.Max(0, value),
            Count = 1,
            Addresses = stack,
            Truncated = stack.Length == DecodeLimits.RuntimeStackDepth,
            OwnerThread = pair.Owner,
        });
    }

    private void Emit(
        in EventRecord record,
        SampleSource source,
        double value,
        double count,
        bool malformed,
        bool managed = false,
        ReadOnlySpan<char> type = default)
    {
        if (malformed)
        {
            Counters.AddMalformed();
            return;
        }

        _handlers.Sample?.Invoke(new RawSample
        {
            Source = source,
            Thread = (int)record.Thread,
            Timestamp = record.Timestamp,
            Value = value,
            Count = count,
            Addresses = record.Stack,
            Truncated = record.Stack.Length == DecodeLimits.RuntimeStackDepth,
            Managed = managed,
            TypeName = type,
        });
    }
}

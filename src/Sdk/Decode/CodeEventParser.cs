namespace SelfProfiler.Decode;

/// <summary>Makes method loads, unloads, IL maps and module loads of the runtime's and the rundown's events. Events without names (141, 142) are passed over: the verbose ones say the same and more.</summary>
internal sealed class CodeEventParser(RuntimeEventHandlers handlers, RuntimeEventCounters counters)
{
    public void OnRuntime(in EventRecord record)
    {
        switch (record.EventId)
        {
            case RuntimeEventId.MethodLoadVerbose:
                OnMethodLoad(in record);
                break;
            case RuntimeEventId.MethodUnloadVerbose:
                OnMethodUnload(in record);
                break;
            case RuntimeEventId.R2RGetEntryPoint:
                OnEntryPoint(in record);
                break;
            case RuntimeEventId.MethodILToNativeMap:
                OnILMap(in record);
                break;
            case RuntimeEventId.ModuleLoad:
                OnModuleLoad(in record);
                break;
            case RuntimeEventId.ModuleUnload:
                OnModuleUnload(in record);
                break;
        }
    }

    public void OnRundown(in EventRecord record)
    {
        switch (record.EventId)
        {
            case RuntimeEventId.Rundown.MethodDCStartVerbose:
            case RuntimeEventId.Rundown.MethodDCEndVerbose:
                OnMethodLoad(in record);
                break;
            case RuntimeEventId.Rundown.MethodDCStartILToNativeMap:
            case RuntimeEventId.Rundown.MethodDCEndILToNativeMap:
                OnILMap(in record);
                break;
            case RuntimeEventId.Rundown.ModuleDCStart:
            case RuntimeEventId.Rundown.ModuleDCEnd:
                OnModuleLoad(in record);
                break;
        }
    }

    private void OnMethodLoad(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        var load = new MethodLoad
        {
            MethodId = cursor.U64(),
            ModuleId = cursor.U64(),
            Start = cursor.U64(),
            Size = cursor.U32(),
            Token = cursor.U32(),
            Flags = cursor.U32(),
            Timestamp = record.Timestamp,
            Namespace = cursor.Text(),
            Name = cursor.Text(),
            Signature = cursor.Text(),
        };
        if (Valid(in cursor))
        {
            handlers.MethodLoad?.Invoke(in load);
        }
    }

    // A precompiled method is called for the first time: a load without a size.
    private void OnEntryPoint(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        var method = cursor.U64();
        var space = cursor.Text();
        var name = cursor.Text();
        var signature = cursor.Text();
        var load = new MethodLoad
        {
            MethodId = method,
            Start = cursor.U64(),
            Timestamp = record.Timestamp,
            Namespace = space,
            Name = name,
            Signature = signature,
        };
        if (Valid(in cursor))
        {
            handlers.MethodLoad?.Invoke(in load);
        }
    }

    private void OnMethodUnload(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        var method = cursor.U64();
        cursor.U64(); // Module.
        var unload = new MethodUnload(method, cursor.U64(), cursor.U32(), record.Timestamp);
        if (Valid(in cursor))
        {
            handlers.MethodUnload?.Invoke(unload);
        }
    }

    private void OnILMap(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        var method = cursor.U64();
        var rejit = cursor.U64();
        cursor.U8(); // Extent.
        var count = cursor.U16();
        var map = new ILMap
        {
            MethodId = method,
            ReJitId = rejit,
            ILOffsets = cursor.Int32s(count),
            NativeOffsets = cursor.Int32s(count),
        };
        if (Valid(in cursor))
        {
            handlers.ILMap?.Invoke(in map);
        }
    }

    private void OnModuleUnload(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        ulong module = cursor.U64();
        if (Valid(in cursor))
        {
            handlers.ModuleUnload?.Invoke(module);
        }
    }

    private void OnModuleLoad(in EventRecord record)
    {
        var cursor = new BlockCursor(record.Payload);
        var module = cursor.U64();
        var assembly = cursor.U64();
        var flags = cursor.U32();
        cursor.U32(); // Reserved.
        var path = cursor.Text();
        cursor.Text(); // Native image.
        ReadOnlySpan<char> pdb = default;
        ReadOnlySpan<byte> pdbId = default;
        if (record.Version >= 2)
        {
            cursor.Skip(sizeof(ushort)); // Instance.
            pdbId = cursor.Bytes(16);
            cursor.Skip(sizeof(uint)); // Age.
            pdb = cursor.Text();
        }

        var load = new ModuleLoad
        {
            ModuleId = module,
            AssemblyId = assembly,
            Flags = flags,
            ILPath = path,
            PdbPath = pdb,
            PdbId = pdbId.IsEmpty ? default : new Guid(pdbId),
        };
        if (Valid(in cursor))
        {
            handlers.ModuleLoad?.Invoke(in load);
        }
    }

    private bool Valid(in BlockCursor cursor)
    {
        if (cursor.Failed)
        {
            counters.AddMalformed();
        }

        return !cursor.Failed;
    }
}

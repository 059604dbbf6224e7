namespace SelfProfiler.Decode;

/// <summary>Numbers of the events the profiler understands, by provider; from the runtime's ClrEtwAll.man.</summary>
internal static class RuntimeEventId
{
    public const int GcStart = 1;
    public const int GcEnd = 2;
    public const int GcRestartEEEnd = 3;
    public const int GcSuspendEEBegin = 9;
    public const int GcAllocationTick = 10;
    public const int ExceptionThrown = 80;
    public const int ContentionStart = 81;
    public const int ContentionStop = 91;
    public const int MethodLoadVerbose = 143;
    public const int MethodUnloadVerbose = 144;
    public const int ModuleLoad = 152;
    public const int ModuleUnload = 153;
    public const int R2RGetEntryPoint = 159;
    public const int MethodILToNativeMap = 190;
    public const int WaitHandleWaitStart = 301;
    public const int WaitHandleWaitStop = 302;
    public const int AllocationSampled = 303;

    /// <summary>The same numbers mean other things under the rundown provider.</summary>
    public static class Rundown
    {
        public const int MethodDCStartVerbose = 143;
        public const int MethodDCEndVerbose = 144;
        public const int MethodDCStartILToNativeMap = 149;
        public const int MethodDCEndILToNativeMap = 150;
        public const int ModuleDCStart = 153;
        public const int ModuleDCEnd = 154;
    }

    /// <summary>Microsoft-DotNETCore-SampleProfiler.</summary>
    public static class SampleProfiler
    {
        public const int ThreadSample = 0;
    }
}

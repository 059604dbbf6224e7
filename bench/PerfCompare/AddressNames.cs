using SelfProfiler.Kernel;
using SelfProfiler.Symbolize;

namespace SelfProfiler.PerfCompare;

/// <summary>Names addresses as the profiler does.</summary>
internal sealed class AddressNames
{
    private readonly MethodMap _methods;
    private readonly Symbolizer _symbolizer = new();

    public AddressNames(MethodMap methods)
    {
        _methods = methods;
        _symbolizer.NativeFrames = new NativeImages().Resolve;
        _symbolizer.Rest(methods);
    }

    /// <param name="address">Of an instruction; for callers one less than the return address.</param>
    public string Of(ulong address) => _symbolizer.Resolve(new FrameKey(_methods.Peek(address), address, null), isLeaf: true, nativeFrames: false).Function;
}

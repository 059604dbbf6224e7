using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace SelfProfiler.Labels;

/// <summary>Fetches memory that will be wanted soon, without waiting for it: at a request's rate, nothing of ours is in the processor's cache any more.</summary>
internal static unsafe class Cache
{
    // The object may move meanwhile: any address may be asked for. Processors other than x86 have no such instruction in .NET 10.
    public static void Prefetch<T>(ref readonly T place)
        where T : unmanaged
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
        }
    }
}

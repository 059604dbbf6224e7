using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class NativeNamesTests
{
    [Theory]
    [InlineData("/x/libcoreclr.so", "[runtime]")]
    [InlineData("/x/libclrjit.so", "[jit]")]
    [InlineData("/x/libclrgc.so", "[gc]")]
    [InlineData("/x/libclrgcexp.so", "[gc]")]
    [InlineData("/lib/libc.so.6", "libc")]
    [InlineData("/lib/libc-2.31.so", "libc")]
    [InlineData("/lib/libpthread-2.31.so", "libc")]
    [InlineData("/lib/ld-linux-x86-64.so.2", "libc")]
    [InlineData("/lib/ld-musl-x86_64.so.1", "libc")]
    [InlineData("/lib/libcrypto.so.3", "libcrypto")]
    [InlineData("/lib/libstdc++.so.6.0.33", "libstdc++")]
    [InlineData("/x/libSystem.Security.Cryptography.Native.OpenSsl.so", "libSystem.Security.Cryptography.Native.OpenSsl")]
    [InlineData("/app/Shop", "Shop")]
    public void Libraries_have_short_names(string path, string name) => Assert.Equal(name, NativeNames.Folded(NativeNames.Library(path)));

    [Theory]
    [InlineData("memcpy", "memcpy")]
    [InlineData("_ZN3WKS7gc_heap4markEv", "WKS::gc_heap::mark")]
    [InlineData("_ZNK6Thread5GetIdEv", "Thread::GetId")]
    [InlineData("_Z3fooi", "foo")]
    [InlineData("_Z3fooIiEvv", "_Z3fooIiEvv")]
    [InlineData("_ZN9999999999x", "_ZN9999999999x")]
    [InlineData("_ZN", "_ZN")]
    [InlineData("_Z", "_Z")]
    public void Plain_cpp_names_are_readable(string symbol, string name) => Assert.Equal(name, NativeNames.Demangle(symbol));

    [Theory]
    [InlineData(".NET BGC\n", "Gc")]
    [InlineData(".NET Server GC", "Gc")]
    [InlineData(".NET Tiered Com", "Jit")]
    [InlineData(".NET Tiered Compilation Worker", "Jit")]
    [InlineData(".NET Finalizer", "Finalizer")]
    [InlineData(".NET EventPipe", "Diagnostics")]
    [InlineData(".NET TP Worker", "Other")]
    [InlineData("worker", "Other")]
    public void Threads_of_the_runtime_are_known_by_name(string comm, string kind) => Assert.Equal(kind, NativeThreads.Of(comm).ToString());
}

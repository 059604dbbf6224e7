using System.Runtime.InteropServices;
using System.Text;
using SelfProfiler.Kernel;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class NativeImagesTests
{
    private readonly NativeImages _images = new();

    [Fact]
    public void A_function_of_libc_is_folded_and_named_when_asked()
    {
        var address = Export("libc", "getpid");
        Assert.Equal(("libc", "libc"), (_images.Resolve(address, expand: false)!.Function, _images.Resolve(address, expand: false)!.Module));
        Assert.Contains("getpid", _images.Resolve(address, expand: true)!.Function);
        Assert.Equal(_images.Resolve(address, expand: true), _images.Resolve(address, expand: true));
    }

    [Fact]
    public void The_runtime_and_its_compiler_are_folded()
    {
        Assert.Equal("[runtime]", _images.Resolve(FirstCode("libcoreclr.so"), expand: false)!.Function);
        Assert.Equal("[jit]", _images.Resolve(FirstCode("libclrjit.so"), expand: false)!.Function);
        Assert.StartsWith("libclrjit", _images.Resolve(FirstCode("libclrjit.so"), expand: true)!.Module);
    }

    [Fact]
    public void The_kernel_is_folded_and_nothing_is_made_up()
    {
        Assert.Equal("[kernel]", _images.Resolve(PerfRecord.KernelMarker, expand: false)!.Function);
        Assert.Equal("[kernel]", _images.Resolve(PerfRecord.KernelMarker, expand: true)!.Function);
        Assert.Null(_images.Resolve(0x10, expand: false));
        Assert.All(new[] { false, true }, expand => Assert.NotEqual(0ul, _images.Resolve(PerfRecord.KernelMarker, expand)!.Identity));
    }

    [Fact]
    public void Precompiled_code_is_left_to_others()
    {
        var images = new NativeImages(() => Encoding.UTF8.GetBytes("1000-2000 r-xp 0 08:01 1 /x/System.Private.CoreLib.dll\n3000-4000 r-xp 0 08:01 1 /x/libcoreclr.so\n"), "/x/app");
        Assert.Null(images.Resolve(0x1800, expand: false));
        Assert.Equal("[runtime]", images.Resolve(0x3800, expand: false)!.Function);
    }

    [Fact]
    public void In_a_single_file_the_program_is_the_runtime_and_its_appendix_is_not()
    {
        // Any ELF file will do for the program; the second mapping lies behind its last segment.
        var program = Environment.ProcessPath!;
        var maps = $"1000-2000 r-xp 00000000 08:01 1 {program}\n5000-6000 r-xp {new FileInfo(program).Length + 4096:x8} 08:01 1 {program}\n";
        var images = new NativeImages(() => Encoding.UTF8.GetBytes(maps), program);
        Assert.Equal("[runtime]", images.Resolve(0x1800, expand: false)!.Function);
        Assert.Null(images.Resolve(0x5800, expand: false));
    }

    [Fact]
    public void Memory_of_the_runtimes_own_is_the_runtime()
    {
        var images = new NativeImages(() => "1000-2000 r-xp 0 00:01 7 /memfd:doublemapper (deleted)\n3000-4000 r-xp 0 00:00 0 [vdso]\n"u8.ToArray(), null);
        Assert.Equal(("[runtime]", "[stub]"), (images.Resolve(0x1800, false)!.Function, images.Resolve(0x1800, true)!.Function));
        Assert.Equal("[vdso]", images.Resolve(0x3800, false)!.Function);
    }

    [Fact]
    public void Nonsense_in_the_mappings_is_no_harm()
    {
        var random = new Random(1);
        var bytes = new byte[2000];
        for (var round = 0; round < 200; round++)
        {
            random.NextBytes(bytes);
            var images = new NativeImages(() => bytes, "/x");
            _ = images.Resolve((ulong)random.NextInt64(), expand: true);
        }
    }

    private static ulong Export(string library, string function) =>
        (ulong)NativeLibrary.GetExport(NativeLibrary.Load(library, typeof(NativeImages).Assembly, null), function);

    private static ulong FirstCode(string library) => Convert.ToUInt64(
        File.ReadLines("/proc/self/maps").First(line => line.EndsWith(library, StringComparison.Ordinal) && line.Split(' ')[1][2] == 'x').Split('-')[0], 16) + 0x1000;
}

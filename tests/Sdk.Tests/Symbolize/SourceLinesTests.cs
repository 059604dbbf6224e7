using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using SelfProfiler.Decode;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

/// <summary>The runtime's own stack traces, which read the same PDB, are the judge.</summary>
public sealed class SourceLinesTests : IDisposable
{
    private static readonly string _image = typeof(SourceLinesTests).Assembly.Location;
    private static readonly string _pdb = Path.ChangeExtension(_image, ".pdb");

    private readonly string _folder = Directory.CreateTempSubdirectory("selfprofiler-lines").FullName;
    private readonly SourceLines _lines = new();

    public void Dispose()
    {
        _lines.Close();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Lines_are_those_of_the_runtimes_own_stack_trace()
    {
        var module = new CodeModule(1) { Path = _image };
        foreach (var (frame, method) in Frames(Outer()))
        {
            var line = Find(module, method, frame.GetILOffset());
            Assert.Equal((frame.GetFileName(), frame.GetFileLineNumber()), (line!.Value.File, line.Value.Line));
            Assert.InRange(line.Value.StartLine, line.Value.Line - 12, line.Value.Line);
        }
    }

    [Fact]
    public async Task Async_methods_iterators_and_lambdas_have_the_lines_of_the_source()
    {
        var module = new CodeModule(1) { Path = _image };
        var traces = new List<StackTrace> { await Async(), Iterator().Single(), ((Func<StackTrace>)(() => new StackTrace(true)))() };
        foreach (var trace in traces)
        {
            var (frame, method) = Frames(trace).First();
            Assert.Equal(frame.GetFileLineNumber(), Find(module, method, frame.GetILOffset())!.Value.Line);
        }
    }

    [Fact]
    public void An_async_method_itself_begins_where_its_state_machine_does()
    {
        var module = new CodeModule(1) { Path = _image };
        var kickoff = typeof(SourceLinesTests).GetMethod(nameof(Async), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!;

        Assert.True(Find(module, kickoff, 0)!.Value.StartLine > 40);
    }

    [Fact]
    public void A_pdb_inside_its_module_is_read()
    {
        string image = Path.Combine(_folder, "Embedded.dll");
        File.WriteAllBytes(image, ImageWithPdb(_pdb));
        var module = new CodeModule(1) { Path = image };
        var (frame, method) = Frames(new StackTrace(true)).First();

        Assert.Equal(frame.GetFileLineNumber(), Find(module, method, frame.GetILOffset())!.Value.Line);
        Assert.Equal(CodeModule.LineInfo.Present, module.Lines);
    }

    [Fact]
    public void In_a_bundle_the_runtime_tells_the_id_and_the_pdb_lies_beside_the_program()
    {
        using var pdb = PdbFile.Read(_pdb, long.MaxValue);
        var module = new CodeModule(1) { PdbId = pdb.Id, Path = Path.GetFileName(_image) };
        var (frame, method) = Frames(new StackTrace(true)).First();

        Assert.Equal(frame.GetFileLineNumber(), Find(module, method, frame.GetILOffset())!.Value.Line);
    }

    [Fact]
    public void The_pdb_of_another_build_is_not_used()
    {
        var module = new CodeModule(1) { PdbId = Guid.NewGuid(), Path = _image };

        Assert.Null(Find(module, Frames(new StackTrace(true)).First().Method, 0));
        Assert.Equal(CodeModule.LineInfo.Absent, module.Lines);
        Assert.Null(_lines.LastFailure);
    }

    [Fact]
    public void No_pdb_is_no_failure()
    {
        var module = new CodeModule(1) { Path = typeof(object).Assembly.Location };
        _lines.LookFor(module);

        Assert.Equal(CodeModule.LineInfo.Absent, module.Lines);
        Assert.Equal(0, _lines.Failures);
    }

    [Fact]
    public void A_damaged_pdb_is_counted_and_gives_no_lines()
    {
        string image = Path.Combine(_folder, Path.GetFileName(_image));
        File.Copy(_image, image);
        byte[] bytes = File.ReadAllBytes(_pdb);
        var method = Frames(new StackTrace(true)).First().Method;
        var random = new Random(5);
        for (int round = 0; round < 30; round++)
        {
            byte[] damaged = bytes[..random.Next(bytes.Length)];
            damaged.AsSpan(damaged.Length / 2).Clear();
            File.WriteAllBytes(Path.ChangeExtension(image, ".pdb"), damaged);
            Find(new CodeModule(1) { Path = image }, method, 5);
        }

        Assert.True(_lines.Failures > 0);
        Assert.NotNull(_lines.LastFailure);
    }

    [Fact]
    public void A_method_without_offsets_has_its_first_line()
    {
        var symbolizer = new Symbolizer();
        var (frame, method) = Frames(Outer()).First();
        var body = new MethodBody { Start = 0x1000, Size = 0x100, Token = (uint)method.MetadataToken, Namespace = "X", Name = "Y", Signature = "", Module = new CodeModule(1) { Path = _image } };
        var resolved = symbolizer.Resolve(new FrameKey(body, 0x1080, null), true, false);

        Assert.InRange(resolved.Line, 1, frame.GetFileLineNumber() - 1);
        Assert.Equal(resolved.StartLine, resolved.Line);
        Assert.EndsWith("SourceLinesTests.cs", resolved.File, StringComparison.Ordinal);
    }

    private static StackTrace Outer()
    {
        int padding = Environment.ProcessorCount;
        return padding > 0
            ? Inner(padding)
            : new StackTrace();
    }

    private static StackTrace Inner(int padding)
    {
        for (int i = 0; i < padding; i++)
        {
            _ = i.ToString();
        }

        return new StackTrace(fNeedFileInfo: true);
    }

    private static async Task<StackTrace> Async()
    {
        await Task.Yield();
        return new StackTrace(true);
    }

    private static IEnumerable<StackTrace> Iterator()
    {
        yield return new StackTrace(true);
    }

    /// <summary>Only of this class: below may lie whatever test ran before, when this one is its continuation.</summary>
    private static IEnumerable<(StackFrame Frame, System.Reflection.MethodBase Method)> Frames(StackTrace trace) =>
        trace.GetFrames().Select(f => (f, f.GetMethod()!)).Where(f => IsOurs(f.Item2?.DeclaringType) && f.f.GetFileLineNumber() > 0);

    private static bool IsOurs(Type? type) => type is not null && (type == typeof(SourceLinesTests) || IsOurs(type.DeclaringType));

    private static byte[] ImageWithPdb(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        using var provider = MetadataReaderProvider.FromPortablePdbImage(ImmutableArray.Create(bytes));
        var id = new BlobContentId(provider.GetMetadataReader().DebugMetadataHeader!.Id);
        var pdb = new BlobBuilder();
        pdb.WriteBytes(bytes);
        var debug = new DebugDirectoryBuilder();
        debug.AddCodeViewEntry("Embedded.pdb", id, 0x100);
        debug.AddEmbeddedPortablePdbEntry(pdb, 0x100);
        var metadata = new MetadataBuilder();
        metadata.AddModule(0, metadata.GetOrAddString("Embedded.dll"), metadata.GetOrAddGuid(Guid.NewGuid()), default, default);
        var image = new BlobBuilder();
        new ManagedPEBuilder(PEHeaderBuilder.CreateLibraryHeader(), new MetadataRootBuilder(metadata), new BlobBuilder(), debugDirectoryBuilder: debug).Serialize(image);
        return image.ToArray();
    }

    /// <summary>As if the instruction were at the IL offset the runtime tells.</summary>
    private SourceLine? Find(CodeModule module, System.Reflection.MethodBase method, int ilOffset) => _lines.Find(
        new MethodBody
        {
            Start = 0x1000,
            Size = 0x1000,
            Token = (uint)method.MetadataToken,
            Namespace = "",
            Name = method.Name,
            Signature = "",
            Module = module,
            ILMap = PackedILMap.Pack(new ILMap { NativeOffsets = [0x100], ILOffsets = [ilOffset] }),
        },
        (uint)method.MetadataToken,
        0x1100);
}

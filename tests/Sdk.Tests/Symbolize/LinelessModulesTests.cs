using SelfProfiler.Decode;
using SelfProfiler.Symbolize;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Symbolize;

public sealed class LinelessModulesTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();
    private readonly ModuleTable _modules = new();

    [Fact]
    public void The_framework_without_pdbs_and_the_library_itself_have_no_lines()
    {
        string framework = Path.Combine(_directory.FullName, "shared", "Microsoft.NETCore.App", "10.0.1");
        Directory.CreateDirectory(framework);
        File.WriteAllText(Path.Combine(framework, "System.Known.pdb"), "");
        Add(1, Path.Combine(framework, "System.Private.CoreLib.dll"));
        Add(2, Path.Combine(_directory.FullName, "shared", "Microsoft.AspNetCore.App", "10.0.1", "Kestrel.dll"));
        Add(3, Path.Combine(framework, "System.Known.dll"));
        Add(4, "/app/Shop.dll");
        Add(5, "/app/SelfProfiler.dll");
        Add(6, "");

        new LinelessModules("/app/SelfProfiler.dll", Path.Combine(framework, "System.Private.CoreLib.dll")).Mark(_modules);

        Assert.Equal([1, 2, 5], Enumerable.Range(1, 6).Where(number => _modules[number]!.Lines == CodeModule.LineInfo.Absent));
        Assert.All([3, 4, 6], number => Assert.Equal(CodeModule.LineInfo.Unknown, _modules[number]!.Lines));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/app/System.Private.CoreLib.dll")]
    public void Where_the_framework_lies_beside_the_program_nothing_is_taken_for_it(string coreLibrary)
    {
        Add(1, "/app/Shop.dll");
        Add(2, "/app/System.Private.CoreLib.dll");

        new LinelessModules("", coreLibrary).Mark(_modules);

        Assert.All([1, 2], number => Assert.Equal(CodeModule.LineInfo.Unknown, _modules[number]!.Lines));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private void Add(ulong id, string path)
    {
        _ = _modules.IndexOf(id);
        _modules.Add(new ModuleLoad { ModuleId = id, ILPath = path });
    }
}

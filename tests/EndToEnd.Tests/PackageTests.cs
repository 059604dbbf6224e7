using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests;

/// <summary>What a stranger gets: packages in a folder, a new web project, the code of the README.</summary>
public sealed partial class PackageTests : IDisposable
{
    private const string Version = "0.1.0-test";

    private static readonly string[] Packages = ["SelfProfiler", "SelfProfiler.AspNetCore", "SelfProfiler.Exporter"];
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("selfprofiler-packages-").FullName;

    [Fact]
    public async Task The_packages_install_into_a_new_project_and_the_code_of_the_documentation_compiles_and_runs()
    {
        await PackAsync();
        foreach (string package in Packages)
        {
            CheckPackage(package);
        }

        string project = await BuildAsync();
        CheckPrecompiled(project);
        await using var app = ChildProcess.Start(
            "dotnet",
            [Path.Combine(project, "bin/Shop.dll")],
            new Dictionary<string, string?>
            {
                ["ASPNETCORE_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
                ["SELFPROFILER_DIAGNOSTICS_PORT"] = "0",
            },
            project);
        await Eventually.Until(() => Address().IsMatch(app.Output) || app.HasExited, Deadline);
        Assert.False(app.HasExited, app.Output);

        using var client = new HttpClient { BaseAddress = new Uri(Address().Match(app.Output).Groups[1].Value), Timeout = Deadline };
        Assert.Equal("order 42", await client.GetStringAsync("/orders/42"));
        Assert.Contains("profile", await client.GetStringAsync("/debug/pprof/"), StringComparison.Ordinal);
        PprofChecker.Check(await client.GetByteArrayAsync("/debug/pprof/profile?seconds=1"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex Address();

    private async Task PackAsync()
    {
        string solution = Path.Combine(_folder, "packages.slnf");
        await File.WriteAllTextAsync(solution, $$"""
            { "solution": { "path": "{{Path.Combine(Repository.Root, "SelfProfiler.sln")}}", "projects": [
                "src/Sdk/SelfProfiler.csproj", "src/AspNetMiddleware/SelfProfiler.AspNetCore.csproj", "src/Exporter/SelfProfiler.Exporter.csproj" ] } }
            """);
        await RunAsync(
            Repository.Root,
            ["pack", solution, "-c", "Release", "--artifacts-path", Path.Combine(_folder, "artifacts"), "-o", Path.Combine(_folder, "feed"),
                "-p:Version=" + Version, "-p:Precompile=true", "-p:RunAnalyzers=false", "--nologo", "-v", "quiet"]);
        Assert.Equal(
            Packages.SelectMany(name => new[] { $"{name}.{Version}.nupkg", $"{name}.{Version}.snupkg" }).Order(),
            Directory.GetFiles(Path.Combine(_folder, "feed")).Select(Path.GetFileName).Order());
    }

    private void CheckPackage(string name)
    {
        using var package = ZipFile.OpenRead(Path.Combine(_folder, "feed", $"{name}.{Version}.nupkg"));
        using var symbols = ZipFile.OpenRead(Path.Combine(_folder, "feed", $"{name}.{Version}.snupkg"));
        string library = $"lib/net10.0/{name}";
        Assert.NotNull(package.GetEntry("README.md"));
        Assert.NotNull(package.GetEntry(library + ".xml"));
        Assert.NotNull(symbols.GetEntry(library + ".pdb"));
        using var text = new StreamReader(package.GetEntry(name + ".nuspec")!.Open());
        string nuspec = text.ReadToEnd();
        Assert.Contains("<license type=\"expression\">MIT</license>", nuspec, StringComparison.Ordinal);
        Assert.Contains("<readme>README.md</readme>", nuspec, StringComparison.Ordinal);

        using var bytes = new MemoryStream();
        package.GetEntry(library + ".dll")!.Open().CopyTo(bytes);
        bytes.Position = 0;
        using var image = new PEReader(bytes);
        Assert.Contains(image.ReadDebugDirectory(), entry => entry.Type == DebugDirectoryEntryType.Reproducible);
        Assert.Equal(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size); // for every platform
    }

    /// <summary>What runs on linux-x64 brings its machine code.</summary>
    private static void CheckPrecompiled(string project)
    {
        foreach (string name in Packages)
        {
            using var image = new PEReader(File.OpenRead(Path.Combine(project, "bin/runtimes/linux-x64/lib/net10.0", name + ".dll")));
            Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
        }
    }

    /// <summary>Packages of ours go into a cache of the test's own, those of others are taken from the machine's: nothing new is asked of the network.</summary>
    private async Task<string> BuildAsync()
    {
        string project = Directory.CreateDirectory(Path.Combine(_folder, "Shop")).FullName;
        string machine = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/packages");
        await File.WriteAllTextAsync(Path.Combine(project, "nuget.config"), $"""
            <configuration><packageSources><add key="selfprofiler" value="{Path.Combine(_folder, "feed")}" /></packageSources></configuration>
            """);
        await File.WriteAllTextAsync(Path.Combine(project, "Shop.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
                <RestorePackagesPath>{Path.Combine(_folder, "cache")}</RestorePackagesPath>
                <RestoreFallbackFolders>{(Directory.Exists(machine) ? machine : "")}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="SelfProfiler.AspNetCore" Version="{Version}" />
                <PackageReference Include="SelfProfiler.Exporter" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        var readme = Snippets.Of("README.md");
        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), Assert.Single(readme));
        string snippets = Snippets.AsMethods(
            Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Order().SelectMany(page => Snippets.Of(Path.Combine("docs", Path.GetFileName(page)))));
        Assert.Contains("ProfilingLabels.Begin", snippets, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(project, "Snippets.cs"), snippets);
        await RunAsync(project, ["build", "-c", "Release", "-o", "bin", "--nologo", "-v", "quiet"]);
        return project;
    }

    private static async Task RunAsync(string directory, string[] arguments)
    {
        var (code, log) = await ChildProcess.RunAsync("dotnet", arguments, directory: directory, deadline: Deadline);
        Assert.True(code == 0, log);
    }
}

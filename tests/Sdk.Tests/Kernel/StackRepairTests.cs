using System.Globalization;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Kernel;

public sealed class StackRepairTests
{
    private const double Enough = 0.98;

    [Fact]
    public async Task Callers_that_frame_pointers_miss_are_put_back()
    {
        Assert.SkipWhen(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture != System.Runtime.InteropServices.Architecture.X64, "The repair is for x64.");
        string[] scenarios = ["leaf", "middle", "store", "copy", "hash"];
        var program = Path.Combine(Repository.Root, "tests", "Programs", "SeccompHost", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "SeccompHost.dll");
        var environment = new Dictionary<string, string?> { ["DOTNET_ReadyToRun"] = "0", ["DOTNET_TieredCompilation"] = null };
        var (exitCode, output) = await ChildProcess.RunAsync("dotnet", [program, "--stacks", .. scenarios], TimeSpan.FromMinutes(3), environment);
        Assert.True(exitCode == 0, output);
        foreach (var scenario in scenarios)
        {
            var line = output.Split('\n').Single(line => line.StartsWith(scenario + " ", StringComparison.Ordinal));
            var fields = line.Split(' ').Skip(1).Select(word => word.Split('=')).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1]);
            var samples = Number("samples");
            Assert.True(samples >= 30, line);
            Assert.True(Number("right") >= samples * Enough, line);
            Assert.True(Number("rooted") >= samples * Enough, line);

            double Number(string name) => double.Parse(fields[name], CultureInfo.InvariantCulture);
        }
    }
}

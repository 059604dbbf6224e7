namespace SelfProfiler.Bench.Overhead.Target;

/// <summary>The sample shop, built for release beside this program: what is measured unless another program is named.</summary>
internal static class Sample
{
    public static string[] Build(bool precompiled)
    {
        var output = Path.Combine(AppContext.BaseDirectory, precompiled ? "WebApi.precompiled" : "WebApi");
        Run("publish", "samples/WebApi", "-o", output);
        foreach (var project in (string[])(precompiled ? ["Sdk", "AspNetMiddleware", "Exporter"] : []))
        {
            Run("build", $"src/{project}", "-p:Precompile=true", "-t:Build;Precompile");
            foreach (var file in Directory.GetFiles($"src/{project}/obj/Release", "*.dll", SearchOption.AllDirectories).Where(file => file.Contains("/precompiled/linux-x64/", StringComparison.Ordinal)))
            {
                File.Copy(file, Path.Combine(output, Path.GetFileName(file)), overwrite: true);
            }
        }

        return ["dotnet", Path.Combine(output, "WebApi.dll"), "--no-load"];
    }

    private static void Run(string verb, string project, params string[] arguments)
    {
        var build = System.Diagnostics.Process.Start("dotnet", [verb, project, "-c", "Release", "--nologo", "-v", "quiet", .. arguments]);
        build.WaitForExit();
        if (build.ExitCode != 0)
        {
            throw new InvalidOperationException($"{project} does not build; run from the repository's root.");
        }
    }
}

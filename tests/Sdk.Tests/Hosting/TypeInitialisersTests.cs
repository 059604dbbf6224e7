using System.Reflection;
using System.Runtime.Loader;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Hosting;

public sealed class TypeInitialisersTests
{
    /// <summary>They run in every process: the first digest loads OpenSSL, half a megabyte that only pages need.</summary>
    [Fact]
    public void No_initialiser_needs_cryptography()
    {
        var copy = new Copy();
        copy.Library.GetType("SelfProfiler.Hosting.TypeInitialisers", throwOnError: true)!.GetMethod("Run")!.Invoke(null, null);

        Assert.Contains("System.Collections", copy.Needed); // what is needed is seen
        Assert.DoesNotContain("System.Security.Cryptography", copy.Needed);
    }

    /// <summary>The library once more, which asks for everything it needs.</summary>
    private sealed class Copy() : AssemblyLoadContext("initialised alone")
    {
        public HashSet<string?> Needed { get; } = [];

        public Assembly Library => LoadFromAssemblyPath(typeof(ProfilingLabels).Assembly.Location);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            Needed.Add(assemblyName.Name);
            return null;
        }
    }
}

using Xunit;

namespace SelfProfiler.Sdk.Tests;

/// <summary>Tests that compare with the clocks of the process: nothing else runs in it meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Quiet
{
    public const string Name = "quiet";
}

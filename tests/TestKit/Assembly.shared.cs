// Compiled into every test project (tests/Directory.Build.props).
[assembly: Xunit.AssemblyFixture(typeof(SelfProfiler.TestKit.OneAssemblyAtATime))]

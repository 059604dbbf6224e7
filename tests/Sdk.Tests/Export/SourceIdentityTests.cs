using System.Reflection;
using System.Reflection.Emit;
using SelfProfiler.Export;
using Xunit;

namespace SelfProfiler.Sdk.Tests.Export;

public class SourceIdentityTests
{
    private static readonly Assembly Shop = AssemblyWith("Shop", "2.1.0-rc.1+5c0ffee");

    [Fact]
    public void The_assembly_tells_name_version_and_commit()
    {
        var source = SourceIdentity.Detect(new ContinuousProfilingOptions(), "Staging", _ => null, Shop);

        Assert.Equal("Shop", source.Service);
        Assert.Equal("2.1.0-rc.1", source.Version);
        Assert.Equal("5c0ffee", source.Commit);
        Assert.Equal("Staging", source.Environment);
        Assert.Equal(Environment.MachineName, source.Host);
        Assert.True(Guid.TryParse(source.Instance, out _));
    }

    [Fact]
    public void OpenTelemetrys_variables_come_before_the_assembly_and_options_before_both()
    {
        string? Variable(string name) => name switch
        {
            "OTEL_SERVICE_NAME" => "from-variable",
            "OTEL_RESOURCE_ATTRIBUTES" => "service.name=from-attributes, service.version = 9%2C1 ,deployment.environment.name=eu,service.instance.id=i-7,vcs.ref.head.revision=beef,broken,=none",
            _ => null,
        };

        var source = SourceIdentity.Detect(new ContinuousProfilingOptions(), "Production", Variable, Shop);
        var configured = SourceIdentity.Detect(new ContinuousProfilingOptions { ServiceName = "code", ServiceVersion = "7", Environment = "lab" }, null, Variable, Shop);

        Assert.Equal(("from-variable", "9,1", "eu", "i-7", "beef"), (source.Service, source.Version, source.Environment, source.Instance, source.Commit));
        Assert.Equal(("code", "7", "lab"), (configured.Service, configured.Version, configured.Environment));
    }

    [Fact]
    public void Without_any_of_them_there_is_still_a_name()
    {
        var source = SourceIdentity.Detect(
            new ContinuousProfilingOptions(), variable: name => name == "ASPNETCORE_ENVIRONMENT" ? "Development" : null, entry: AssemblyWith("App", null));

        Assert.Equal(("App", "", "", "Development"), (source.Service, source.Version, source.Commit, source.Environment));
    }

    private static AssemblyBuilder AssemblyWith(string name, string? informational)
    {
        var attribute = typeof(AssemblyInformationalVersionAttribute).GetConstructor([typeof(string)])!;
        return AssemblyBuilder.DefineDynamicAssembly(
            new AssemblyName(name),
            AssemblyBuilderAccess.Run,
            informational is null ? [] : [new CustomAttributeBuilder(attribute, [informational])]);
    }
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SelfProfiler.Exporter.Tests.Receivers;
using Xunit;

namespace SelfProfiler.Exporter.Tests;

/// <summary>Options from code, configuration and variables; credentials in headers and nowhere else.</summary>
public class SettingsTests
{
    [Fact]
    public void Pyroscopes_variables_are_understood()
    {
        var options = new PyroscopeExporterOptions();
        EnvironmentVariables.Apply(options, Variables(
            ("PYROSCOPE_SERVER_ADDRESS", "https://profiles.example:4041/prefix"),
            ("PYROSCOPE_APPLICATION_NAME", "checkout"),
            ("PYROSCOPE_TENANT_ID", "team-1"),
            ("PYROSCOPE_BASIC_AUTH_USER", "123"),
            ("PYROSCOPE_BASIC_AUTH_PASSWORD", "secret"),
            ("PYROSCOPE_AUTH_TOKEN", "deprecated"),
            ("PYROSCOPE_LABELS", "region:eu, zone=b,broken")));

        Assert.Equal(("https://profiles.example:4041/prefix", "checkout", "team-1"), (options.Endpoint!.ToString(), options.ApplicationName, options.TenantId));
        Assert.Equal(("123", "secret", null), (options.BasicAuthUser, options.BasicAuthPassword, options.BearerToken));
        Assert.Equal(["region=eu", "zone=b"], options.Labels.Select(label => $"{label.Key}={label.Value}"));
        options.Validate();
    }

    [Fact]
    public void OpenTelemetrys_variables_are_understood()
    {
        var common = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(common, Variables(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=abc%20def,x=1"),
            ("OTEL_EXPORTER_OTLP_PROFILES_HEADERS", "x=2"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
            ("OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=shop-1")));
        var own = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(own, Variables(("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", "https://x:1/custom/path?a=b")));

        Assert.Equal(("http://collector:4318/", "/v1development/profiles", 2.5, false), (common.Endpoint!.ToString(), common.Path, common.Timeout.TotalSeconds, common.Gzip));
        Assert.Equal(("abc def", "2", "shop-1"), (common.Headers["api-key"], common.Headers["x"], common.ResourceAttributes["k8s.pod.name"]));
        Assert.Equal(("https://x:1/", "/custom/path?a=b"), (own.Endpoint!.ToString(), own.Path));
    }

    [Fact]
    public void A_token_serves_where_no_user_is_named()
    {
        var options = new PyroscopeExporterOptions();
        EnvironmentVariables.Apply(options, Variables(("PYROSCOPE_AUTH_TOKEN", "token")));

        Assert.Equal(("token", null), (options.BearerToken, options.BasicAuthUser));
    }

    [Fact]
    public void The_variables_for_profiles_win_over_the_common_ones()
    {
        var options = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(options, Variables(
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT", "1500"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_PROFILES_COMPRESSION", "none"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_PROFILES_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")));

        Assert.Equal((1.5, false, "http://collector:4318/"), (options.Timeout.TotalSeconds, options.Gzip, options.Endpoint!.ToString()));
    }

    [Theory]
    [InlineData("PYROSCOPE_SERVER_ADDRESS", "localhost:4040")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")]
    [InlineData("OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT", "-1")]
    public void A_variable_that_is_wrong_is_named(string name, string value)
    {
        var variables = Variables((name, value));

        var error = Assert.Throws<ArgumentException>(() =>
        {
            EnvironmentVariables.Apply(new PyroscopeExporterOptions(), variables);
            EnvironmentVariables.Apply(new OtlpProfileExporterOptions(), variables);
        });

        Assert.StartsWith(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_variable_the_documentation_names_is_read()
    {
        var text = File.ReadAllText(Path.Combine(TestKit.Repository.Root, "docs", "exporting.md"));
        var named = System.Text.RegularExpressions.Regex.Matches(text, "`((?:PYROSCOPE|OTEL)_[A-Z_]+)`").Select(match => match.Groups[1].Value).Distinct().ToArray();
        var read = new HashSet<string>();
        string? Variable(string name)
        {
            read.Add(name);
            return null;
        }

        EnvironmentVariables.Apply(new PyroscopeExporterOptions(), Variable);
        EnvironmentVariables.Apply(new OtlpProfileExporterOptions(), Variable);
        Export.SourceIdentity.Detect(new ContinuousProfilingOptions(), variable: Variable);

        Assert.True(named.Length >= 15, string.Join(' ', named));
        Assert.Empty(named.Except(read));
    }

    [Fact]
    public void A_grpc_endpoint_stops_the_start_up_with_a_sentence()
    {
        var error = Assert.Throws<ArgumentException>(() => EnvironmentVariables.Apply(
            new OtlpProfileExporterOptions(), Variables(("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"))));

        Assert.Contains("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", error.Message);
    }

    [Fact]
    public void Configuration_binds_and_code_has_the_last_word()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ContinuousProfiling:Exporters:Pyroscope:Endpoint"] = "http://from-configuration:4040",
            ["ContinuousProfiling:Exporters:Pyroscope:Name"] = "main",
            ["ContinuousProfiling:Exporters:Pyroscope:Timeout"] = "00:00:05",
            ["ContinuousProfiling:Exporters:Pyroscope:Labels:team"] = "orders",
            ["ContinuousProfiling:Exporters:Pyroscope:Headers:X-Key"] = "1",
            ["ContinuousProfiling:Exporters:Files:Directory"] = "/tmp/profiles",
            ["ContinuousProfiling:Exporters:Files:MaxAge"] = "02:00:00",
        }).Build());
        PyroscopeExporterOptions? seen = null;
        services.AddContinuousProfilingCore()
            .AddPyroscopeExporter(options => { seen = options; options.Timeout = TimeSpan.FromSeconds(7); })
            .AddOtlpExporter()
            .AddParcaExporter()
            .AddProfefeExporter()
            .AddFileExporter()
            .AddExporter<OwnExporter>();

        var exporters = services.BuildServiceProvider().GetServices<IProfileExporter>().ToArray();

        Assert.Equal(["main", "otlp", "parca", "profefe", "files", "own"], exporters.Select(exporter => exporter.Name));
        Assert.Equal(("http://from-configuration:4040/", 7.0), (seen!.Endpoint!.ToString(), seen.Timeout.TotalSeconds));
        Assert.Equal(("orders", "1"), (seen.Labels["team"], seen.Headers["X-Key"]));
    }

    public static TheoryData<Action, string> Wrong => new()
    {
        { () => new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = new Uri("ftp://x") }), "PyroscopeExporterOptions.Endpoint" },
        { () => new ParcaExporter(new ParcaExporterOptions { Timeout = TimeSpan.Zero }), "ParcaExporterOptions.Timeout" },
        { () => new ProfefeExporter(new ProfefeExporterOptions { Name = "../x" }), "ProfefeExporterOptions.Name" },
        { () => new OtlpProfileExporter(new OtlpProfileExporterOptions { MaxLabelValues = 0 }), "OtlpProfileExporterOptions.MaxLabelValues" },
        { () => new PyroscopeExporter(new PyroscopeExporterOptions { BasicAuthUser = "x" }), "BasicAuthPassword" },
        { () => new PyroscopeExporter(new PyroscopeExporterOptions { SpoolMaxAge = TimeSpan.FromHours(1) }), "PyroscopeExporterOptions.SpoolMaxAge: at most 59 minutes" },
        { () => new FileExporter(new FileExporterOptions()), "FileExporterOptions.Directory" },
        { () => new FileExporter(new FileExporterOptions { Directory = "x", MaxMegabytes = 0 }), "FileExporterOptions.MaxMegabytes" },
    };

    [Theory, MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_value_out_of_range_is_named(Action create, string name) => Assert.Contains(name, Assert.Throws<ArgumentException>(create).Message);

    [Fact]
    public async Task An_interval_that_pyroscope_never_takes_stops_the_start_up_with_both_names()
    {
        const string sentence = "ContinuousProfiling: ExportInterval is 00:59:00; exporter pyroscope takes at most 00:30:00.";
        using var pyroscope = new PyroscopeExporter(new PyroscopeExporterOptions());
        var services = new ServiceCollection();
        services.AddContinuousProfilingCore(options => options.ExportInterval = TimeSpan.FromMinutes(59)).AddPyroscopeExporter();
        await using var provider = services.BuildServiceProvider();

        var without = Assert.Throws<OptionsValidationException>(() => ContinuousProfiler.Start(new ContinuousProfilingOptions { ExportInterval = TimeSpan.FromMinutes(59) }, pyroscope));
        var hosted = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<ContinuousProfiler>());

        Assert.Equal((sentence, sentence), (without.Message, hosted.Message));
    }

    [Fact]
    public async Task Credentials_are_sent_and_never_told()
    {
        const string password = "p4ssw0rd-very-secret";
        await using var receiver = new PyroscopeReceiver { Tenant = "team-1", Authorization = "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"user:{password}")) };
        var options = new PyroscopeExporterOptions { Endpoint = receiver.Address, TenantId = "team-1", BasicAuthUser = "user", BasicAuthPassword = password };
        using var exporter = new PyroscopeExporter(options);
        using var inAddress = new PyroscopeExporter(new PyroscopeExporterOptions { Endpoint = new UriBuilder(receiver.Address) { UserName = "user", Password = password }.Uri, TenantId = "team-1" });

        Assert.Equal(ExportOutcome.Delivered, (await exporter.ExportAsync(Samples.Shop(), default)).Outcome);
        Assert.Equal(ExportOutcome.Delivered, (await inAddress.ExportAsync(Samples.Shop(), default)).Outcome);

        // A server that repeats what it was sent.
        receiver.Fault = async context =>
        {
            context.Response.StatusCode = 400;
            context.Response.ContentType = "text/plain";
            await Microsoft.AspNetCore.Http.HttpResponseWritingExtensions.WriteAsync(context.Response, $"bad {context.Request.Headers.Authorization} {password}");
            return true;
        };
        foreach (var one in new[] { exporter, inAddress })
        {
            var refused = await one.ExportAsync(Samples.Shop(), default);
            Assert.Contains("It says: bad Basic *** ***", refused.Reason);
        }
    }

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;

    private sealed class OwnExporter : IProfileExporter
    {
        public string Name => "own";

        public ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken) => ValueTask.FromResult(ExportResult.Delivered);
    }
}

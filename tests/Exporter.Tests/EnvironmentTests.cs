using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace SelfProfiler.Exporter.Tests;

/// <summary>Variables of the environment: the lowest layer, understood as far as possible, and never a reason not to start.</summary>
public class EnvironmentTests
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

    [Theory]
    [InlineData("PYROSCOPE_SERVER_ADDRESS", "localhost:4040")]
    [InlineData("PYROSCOPE_BASIC_AUTH_USER", "somebody")]
    [InlineData("PYROSCOPE_BASIC_AUTH_PASSWORD", "secret")]
    [InlineData("PYROSCOPE_AUTH_TOKEN", "secret\nsecret")]
    [InlineData("PYROSCOPE_TENANT_ID", "secret\r\nsecret")]
    [InlineData("PYROSCOPE_LABELS", "team")]
    [InlineData("PYROSCOPE_LABELS", "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9,j=10,k=11")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "unix:///run/collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "Content-Type=secret")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret secret=x")]
    [InlineData("OTEL_EXPORTER_OTLP_PROFILES_HEADERS", "api-key=secret%0d%0asecret")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "NaN")]
    [InlineData("OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT", "-1")]
    [InlineData("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")]
    public void What_cannot_be_used_is_ignored_and_told(string name, string value)
    {
        var (pyroscope, otlp) = (new PyroscopeExporterOptions(), new OtlpProfileExporterOptions());
        EnvironmentVariables.Apply(pyroscope, Variables((name, value)));
        EnvironmentVariables.Apply(otlp, Variables((name, value)));
        using var first = new PyroscopeExporter(pyroscope);
        using var second = new OtlpProfileExporter(otlp);

        var notice = Assert.Single(first.Notices.Concat(second.Notices));
        Assert.StartsWith(name, notice, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", notice);
        Assert.Equal(("http://localhost:4040/", "http://localhost:4318/"), (pyroscope.Endpoint!.ToString(), otlp.Endpoint!.ToString()));
        Assert.Equal((10.0, true, 0), (otlp.Timeout.TotalSeconds, otlp.Gzip, otlp.Headers.Count));
        Assert.Equal((null, null, null, null), (pyroscope.BasicAuthUser, pyroscope.BasicAuthPassword, pyroscope.BearerToken, pyroscope.TenantId));
        Assert.InRange(pyroscope.Labels.Count, 0, 10);
    }

    /// <summary>Other exporters of the process may well wait that long.</summary>
    [Theory]
    [InlineData("120000", 60)]
    [InlineData("99999999999999999999", 60)]
    [InlineData("0", 60)]
    [InlineData("50", 0.1)]
    public void A_timeout_out_of_our_range_is_brought_into_it_and_told(string value, double seconds)
    {
        var options = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(options, Variables(("OTEL_EXPORTER_OTLP_TIMEOUT", value)));
        using var exporter = new OtlpProfileExporter(options);

        Assert.Equal(seconds, options.Timeout.TotalSeconds);
        Assert.Equal($"OTEL_EXPORTER_OTLP_TIMEOUT is {value}; the nearest timeout there is, {seconds * 1_000} ms, is used.", Assert.Single(exporter.Notices));
    }

    /// <summary>The host did not start, although code had set another timeout.</summary>
    [Theory]
    [InlineData(null, 60, 1)]
    [InlineData(5, 5, 0)]
    public async Task A_host_starts_whatever_the_variables_say(int? code, int seconds, int notices)
    {
        const string name = "OTEL_EXPORTER_OTLP_TIMEOUT";
        var before = Environment.GetEnvironmentVariable(name);
        Environment.SetEnvironmentVariable(name, "120000");
        try
        {
            OtlpProfileExporterOptions? seen = null;
            var services = new ServiceCollection();
            services.AddContinuousProfilingCore(options => options.Enabled = false).AddOtlpExporter(options =>
            {
                seen = options;
                options.Timeout = code is { } chosen ? TimeSpan.FromSeconds(chosen) : options.Timeout;
            });
            await using var provider = services.BuildServiceProvider();

            var status = provider.GetRequiredService<ContinuousProfiler>().Status;

            Assert.Equal(seconds, seen!.Timeout.TotalSeconds);
            Assert.Equal(notices, status.Exporters[0].Notices.Count);
            Assert.EndsWith(" dropped. " + string.Concat(status.Exporters[0].Notices), status.Parts.Single(part => part.Name == "export to otlp").Detail + (notices == 0 ? " " : ""), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, before);
        }
    }

    [Fact]
    public void What_configuration_or_code_replaced_is_not_told()
    {
        var options = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(options, Variables(
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "120000"),
            ("OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT", "ten"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")));
        new ConfigurationBuilder().AddInMemoryCollection([new("Timeout", "00:00:20"), new("Gzip", "false")]).Build().Bind(options);
        options.Endpoint = new Uri("http://collector:4318");
        using var exporter = new OtlpProfileExporter(options);

        Assert.Empty(exporter.Notices);
        Assert.Equal(20, options.Timeout.TotalSeconds);
    }

    [Fact]
    public void What_code_says_wrongly_still_stops_the_start_up()
    {
        var options = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(options, Variables(("OTEL_EXPORTER_OTLP_TIMEOUT", "120000")));
        options.Timeout = TimeSpan.FromMinutes(2);

        Assert.Contains("OtlpProfileExporterOptions.Timeout", Assert.Throws<ArgumentException>(() => new OtlpProfileExporter(options)).Message);
    }

    [Fact]
    public void A_common_variable_serves_where_the_one_for_profiles_is_none()
    {
        var options = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(options, Variables(
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT", "soon"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "NONE"),
            ("OTEL_EXPORTER_OTLP_PROFILES_COMPRESSION", " "),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"),
            ("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", "collector")));
        using var exporter = new OtlpProfileExporter(options);

        Assert.Equal((2.5, false, "http://collector:4318/"), (options.Timeout.TotalSeconds, options.Gzip, options.Endpoint!.ToString()));
        Assert.Equal(["OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", "OTEL_EXPORTER_OTLP_PROFILES_TIMEOUT"], exporter.Notices.Select(notice => notice.Split(' ')[0]));
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP", "http://collector:4317", "http://localhost:4318/", "Set OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_PROFILES", "http://collector:4318/x", "http://collector:4318/", "as http/protobuf all the same")]
    public void Grpc_is_not_followed_and_said_so(string prefix, string endpoint, string used, string told)
    {
        var options = new OtlpProfileExporterOptions();
        EnvironmentVariables.Apply(options, Variables((prefix + "_PROTOCOL", "GRPC"), (prefix + "_ENDPOINT", endpoint)));
        using var exporter = new OtlpProfileExporter(options);

        Assert.Equal(used, options.Endpoint!.ToString());
        Assert.Contains(told, Assert.Single(exporter.Notices));
    }

    [Fact]
    public void The_path_of_an_address_goes_with_it()
    {
        var (replaced, kept) = (new OtlpProfileExporterOptions(), new OtlpProfileExporterOptions());
        var variables = Variables(("OTEL_EXPORTER_OTLP_PROFILES_ENDPOINT", "http://one:1/custom"));
        EnvironmentVariables.Apply(replaced, variables);
        EnvironmentVariables.Apply(kept, variables);
        replaced.Endpoint = new Uri("http://two:2");
        using var first = new OtlpProfileExporter(replaced);
        using var second = new OtlpProfileExporter(kept);

        Assert.Equal(("/v1development/profiles", "/custom"), (replaced.Path, kept.Path));
    }

    [Theory]
    [InlineData("token", null, null, "code", null, null, "code", null, null)]
    [InlineData("token", null, null, null, "code", "c", null, "code", "c")]
    [InlineData(null, "user", "pass", "code", null, null, "code", null, null)]
    [InlineData("token", "user", "pass", "token", null, null, "token", null, null)]
    [InlineData(null, null, "pass", "code", null, null, "code", null, null)]
    [InlineData(null, "user", null, null, null, "c", null, "user", "c")]
    [InlineData(null, null, "pass", null, "code", null, null, "code", "pass")]
    [InlineData(null, "user", "pass", null, "code", "c", null, "code", "c")]
    public void Whoever_signs_in_by_code_does_not_sign_in_by_a_variable_too(
        string? token, string? user, string? password, string? codeToken, string? codeUser, string? codePassword, string? usedToken, string? usedUser, string? usedPassword)
    {
        var options = new PyroscopeExporterOptions();
        EnvironmentVariables.Apply(options, name => name switch
        {
            "PYROSCOPE_AUTH_TOKEN" => token,
            "PYROSCOPE_BASIC_AUTH_USER" => user,
            "PYROSCOPE_BASIC_AUTH_PASSWORD" => password,
            _ => null,
        });
        options.BearerToken = codeToken ?? options.BearerToken;
        options.BasicAuthUser = codeUser ?? options.BasicAuthUser;
        options.BasicAuthPassword = codePassword ?? options.BasicAuthPassword;
        using var exporter = new PyroscopeExporter(options);

        Assert.Equal((usedToken, usedUser, usedPassword), (options.BearerToken, options.BasicAuthUser, options.BasicAuthPassword));
        Assert.Empty(exporter.Notices);
    }

    [Fact]
    public void Labels_of_a_variable_make_room_for_those_of_code()
    {
        var options = new PyroscopeExporterOptions();
        EnvironmentVariables.Apply(options, Variables(("PYROSCOPE_LABELS", "a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9,j=10")));
        options.Labels["j"] = "code";
        options.Labels["team"] = "code";
        using var exporter = new PyroscopeExporter(options);

        Assert.Equal("a b c d e f g h j team", string.Join(' ', options.Labels.Keys.Order()));
        Assert.Equal("PYROSCOPE_LABELS: i left out, for an exporter has 10 labels at most.", Assert.Single(exporter.Notices));
    }

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}

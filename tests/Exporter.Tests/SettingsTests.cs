using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SelfProfiler.Exporter.Tests.Receivers;
using Xunit;

namespace SelfProfiler.Exporter.Tests;

/// <summary>Options from code and configuration; credentials in headers and nowhere else.</summary>
public class SettingsTests
{
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
        { () => new ParcaExporter(new ParcaExporterOptions { Headers = { ["Content-Type"] = "text/plain" } }), "ParcaExporterOptions.Headers" },
        { () => new ParcaExporter(new ParcaExporterOptions { Headers = { ["X-Key"] = "a\r\nb: c" } }), "ParcaExporterOptions.Headers" },
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

    private sealed class OwnExporter : IProfileExporter
    {
        public string Name => "own";

        public ValueTask<ExportResult> ExportAsync(ProfileExport export, CancellationToken cancellationToken) => ValueTask.FromResult(ExportResult.Delivered);
    }
}

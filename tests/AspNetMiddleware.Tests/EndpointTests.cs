using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using SelfProfiler.TestKit;
using Xunit;

namespace SelfProfiler.AspNetMiddleware.Tests;

public sealed class EndpointTests
{
    [Theory]
    [InlineData("Development", false, HttpStatusCode.OK)]
    [InlineData("Production", false, HttpStatusCode.NotFound)]
    [InlineData("Production", true, HttpStatusCode.OK)]
    public async Task It_is_served_unasked_to_this_machine_only_where_that_is_allowed(string environment, bool allowLoopback, HttpStatusCode expected)
    {
        await using var app = await TestApp.StartAsync(environment: environment, options: options => options.AllowLoopback = allowLoopback);
        Assert.Equal(expected, (await app.Client.GetAsync("/debug/pprof/")).StatusCode);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    [InlineData("X-Real-IP", "10.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("X-Original-For", "10.0.0.1")]
    [InlineData("Host", "shop.example.com")]
    [InlineData("Host", "127.0.0.1.example.com")]
    public async Task What_may_come_through_a_proxy_sees_nothing(string header, string value)
    {
        await using var app = await TestApp.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/debug/pprof/");
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_claimed_address_does_not_help_when_forwarded_headers_are_used()
    {
        await using var app = await TestApp.StartAsync(map: app =>
        {
            var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All };
            app.UseForwardedHeaders(options);
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/debug/pprof/");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "127.0.0.1");
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Mapping_takes_it_into_the_applications_hands()
    {
        await using var app = await TestApp.StartAsync(map: app =>
            app.MapPprof("/internal/pprof").AddEndpointFilter(async (context, next) =>
                context.HttpContext.Request.Headers["X-Key"] == "yes" ? await next(context) : Results.Unauthorized()));
        Assert.Equal(HttpStatusCode.NotFound, (await app.Client.GetAsync("/debug/pprof/")).StatusCode);
    }

    [Theory]
    [InlineData("/debug/pprof", "/debug/pprof/", "text/html; charset=utf-8")]
    [InlineData("/debug/pprof", "/debug/pprof/cmdline", "text/plain; charset=utf-8")]
    [InlineData("/ops", "/ops/profile?seconds=1", "application/octet-stream")]
    public async Task It_answers_where_it_was_mapped(string pattern, string path, string contentType)
    {
        await using var app = await TestApp.StartAsync(map: app => app.MapPprof(pattern), environment: "Production");
        var answer = await app.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(contentType, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task It_works_in_groups_and_below_a_path_base()
    {
        await using var app = await TestApp.StartAsync(
            map: app =>
            {
                app.UsePathBase("/shop");
                app.UseRouting();
                app.MapGroup("/admin").MapPprof("/pprof");
            },
            environment: "Production");
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/shop/admin/pprof/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await app.Client.GetAsync("/shop/admin/pprof/allocs")).StatusCode);
    }

    [Fact]
    public async Task A_profile_is_never_compressed_twice()
    {
        await using var app = await TestApp.StartAsync(
            map: app =>
            {
                app.UseResponseCompression();
                app.MapPprof();
            },
            build: builder => builder.Services.AddResponseCompression(options => options.MimeTypes = ["application/octet-stream", "text/html"]));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/debug/pprof/allocs");
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        var answer = await app.Client.SendAsync(request);
        Assert.DoesNotContain("gzip", answer.Content.Headers.ContentEncoding);
        PprofChecker.Check(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public void Without_the_profiler_mapping_says_what_to_call()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        var exception = Assert.Throws<InvalidOperationException>(() => app.MapPprof());
        Assert.Equal("MapPprof needs the profiler. Call builder.Services.AddContinuousProfiling() before builder.Build().", exception.Message);
    }

    [Theory]
    [InlineData("cross-site", "GET", HttpStatusCode.Forbidden)]
    [InlineData("same-origin", "GET", HttpStatusCode.OK)]
    [InlineData("none", "GET", HttpStatusCode.OK)]
    public async Task Pages_of_other_sites_get_nothing(string site, string method, HttpStatusCode expected)
    {
        await using var app = await TestApp.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/debug/pprof/");
        request.Headers.TryAddWithoutValidation("Sec-Fetch-Site", site);
        Assert.Equal(expected, (await app.Client.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Switching_off_needs_a_header_that_no_page_can_send()
    {
        await using var app = await TestApp.StartAsync();
        Assert.Equal(HttpStatusCode.Forbidden, (await app.Client.PostAsync("/debug/pprof/off", null)).StatusCode);
        Assert.True(app.Profiler.Enabled);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/debug/pprof/off");
        request.Headers.Add("X-SelfProfiler", "1");
        Assert.Equal(HttpStatusCode.OK, (await app.Client.SendAsync(request)).StatusCode);
        Assert.False(app.Profiler.Enabled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await app.Client.GetAsync("/debug/pprof/profile?seconds=1")).StatusCode);
        app.Profiler.Enabled = true;
    }
}

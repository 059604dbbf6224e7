using Microsoft.Playwright;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Ui;

/// <summary>The installed Chromium with one page that notes everything a page must not do.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private const string Executable = "/usr/bin/chromium";

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser, IPage page)
    {
        _playwright = playwright;
        _browser = browser;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>Console errors, uncaught exceptions and requests to other origins.</summary>
    public List<string> Offences { get; } = [];

    public static async Task<Browser> OpenAsync(Uri origin)
    {
        Assert.SkipWhen(
            !File.Exists(Executable) && Environment.GetEnvironmentVariable("CI") != "true", $"There is no browser at {Executable}.");
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = new ViewportSize { Width = 1200, Height = 860 } });
        page.SetDefaultTimeout(60_000);
        var opened = new Browser(playwright, browser, page);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                opened.Offences.Add("console: " + message.Text);
            }
        };
        page.PageError += (_, error) => opened.Offences.Add("error: " + error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(origin.AbsoluteUri, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal))
            {
                opened.Offences.Add("request: " + request.Url);
            }
        };
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

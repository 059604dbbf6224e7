using Microsoft.Playwright;
using Xunit;

namespace SelfProfiler.EndToEnd.Tests.Ui;

public sealed class PageTests
{
    [Fact]
    public async Task A_user_finds_the_code_of_a_route_and_of_a_slow_request()
    {
        await using var shop = await Shop.StartAsync();
        await using var browser = await Browser.OpenAsync(shop.Address);
        var page = browser.Page;
        await shop.WorkAsync(TimeSpan.FromSeconds(4));
        await shop.ComputeAsync(TimeSpan.FromSeconds(1)); // slower than the first one, which may have done nothing but start the application

        // Without a choice it is CPU.
        await page.GotoAsync(new Uri(shop.Address, "debug/pprof/ui").AbsoluteUri);
        await Assertions.Expect(page.Locator("#kind")).ToHaveValueAsync("profile");
        await ShowWithSamples(page, shop);

        // A route of the table.
        await page.Locator("#routeTable button", new() { HasTextString = Shop.Route }).First.ClickAsync();
        await page.Locator("#functions button.link", new() { HasTextString = "Shop.Compute(int)" }).First.WaitForAsync();
        await Eventually(() => page.Url.Contains("route=%2Forders", StringComparison.Ordinal)); // the page writes it after it has drawn

        // Search, zoom, and back.
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("Compute");
        await Assertions.Expect(page.Locator("#share")).ToContainTextAsync("matched");
        await Picture(page, "ui.png");
        await page.Locator("#functions button.link").First.ClickAsync();
        await Eventually(() => page.Url.Contains("zoom=", StringComparison.Ordinal));
        await page.Keyboard.PressAsync("Escape");
        await Eventually(() => !page.Url.Contains("zoom=", StringComparison.Ordinal));
        await page.Locator("#search").FillAsync("");

        // Callers and callees of a method, and back.
        await page.Locator("#functions button.both").First.ClickAsync();
        await page.Locator("#callers canvas").WaitForAsync();
        await Eventually(() => page.Url.Contains("focus=", StringComparison.Ordinal));
        await page.Locator("#sandwich").ClickAsync();
        await Eventually(() => !page.Url.Contains("focus=", StringComparison.Ordinal));

        // Downloads.
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator(".tools a", new() { HasTextString = "speedscope" }).ClickAsync());
        Assert.Equal("profile.speedscope.json", download.SuggestedFilename);
        string speedscope = await File.ReadAllTextAsync(await download.PathAsync());
        Assert.True(speedscope.Contains("Compute", StringComparison.Ordinal), speedscope[..Math.Min(2_000, speedscope.Length)]);

        // The slowest request.
        await page.Locator("#slowTable tbody button.link").First.ClickAsync();
        await Eventually(() => page.Url.Contains("trace_id=", StringComparison.Ordinal));
        await page.Locator("#functions button.link", new() { HasTextString = "Shop.Compute(int)" }).First.WaitForAsync();

        // Comparing, dark, upside down, on a phone.
        await page.Locator("#trace_id").FillAsync("");
        await page.Locator("#route").FillAsync("");
        await page.Locator("#time").SelectOptionAsync("range");
        await page.Locator("#from").FillAsync("-1m");
        await page.Locator("#base").SelectOptionAsync("range");
        await page.Locator("#base_from").FillAsync("-1m");
        await page.Locator("#query button[type=submit]").ClickAsync();
        await page.Locator("#functions th", new() { HasTextString = "Change" }).WaitForAsync();
        await page.Locator("#theme").ClickAsync();
        await page.Locator("#direction").ClickAsync();
        await page.SetViewportSizeAsync(390, 800);
        await Picture(page, "ui-phone.png");
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth + 1"), "the page is wider than a phone");

        Assert.Empty(browser.Offences);
    }

    [Fact]
    public async Task The_stand_alone_file_shows_the_same_without_the_process()
    {
        await using var shop = await Shop.StartAsync();
        var capture = shop.Client.GetStringAsync(new Uri(shop.Address, "debug/pprof/wall?seconds=3&format=html"));
        await shop.WorkAsync(TimeSpan.FromSeconds(3));
        string file = Path.Combine(Path.GetTempPath(), $"profile-{Environment.ProcessId}.html");
        await File.WriteAllTextAsync(file, await capture);
        try
        {
            await using var browser = await Browser.OpenAsync(new Uri("file:///"));
            await browser.Page.GotoAsync(new Uri(file).AbsoluteUri);
            await browser.Page.Locator("#functions button.link", new() { HasTextString = "Shop.Compute(int)" }).First.WaitForAsync();
            Assert.Empty(browser.Offences);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Samples appear about half a second after they were taken; on a busy machine later.</summary>
    private static async Task ShowWithSamples(IPage page, Shop shop)
    {
        for (int attempt = 0; ; attempt++)
        {
            await page.GotoAsync(new Uri(shop.Address, "debug/pprof/ui?kind=profile&time=5m").AbsoluteUri);
            await Assertions.Expect(page.Locator("#status")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("samples|No sample"));
            if (await page.Locator("#functions button.link", new() { HasTextString = "Shop.Compute(int)" }).CountAsync() > 0)
            {
                return;
            }

            Assert.True(attempt < 20, "no samples: " + await page.Locator("#status").TextContentAsync());
            await shop.WorkAsync(TimeSpan.FromSeconds(1));
        }
    }

    private static Task Eventually(Func<bool> condition) => TestKit.Eventually.Until(condition, TimeSpan.FromSeconds(30));

    private static Task Picture(IPage page, string name) => Environment.GetEnvironmentVariable("UI_SCREENSHOTS") is { Length: > 0 } folder
        ? page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name) })
        : Task.CompletedTask;
}

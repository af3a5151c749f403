using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>One view of pages: a colour scheme (light, dark, forced) and a width.</summary>
internal sealed record Look(string Scheme, int Width)
{
    public BrowserNewContextOptions Options =>
        new()
        {
            ViewportSize = new() { Width = Width, Height = 900 },
            ColorScheme = Scheme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
            ForcedColors = Scheme == "forced" ? ForcedColors.Active : ForcedColors.None,
        };

    /// <summary>
    /// Fails unless the page is accessible, fits into the width and has one title, and the browser has nothing to complain of. SHOTS names
    /// a directory for pictures.
    /// </summary>
    public async Task MustHoldAsync(WatchedPage watched, string name)
    {
        var page = watched.Page;
        if (Environment.GetEnvironmentVariable("SHOTS") is { Length: > 0 } directory)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(directory, $"{name}-{Scheme}-{Width}.png"), FullPage = true });
        }

        await Accessibility.MustHoldAsync(page, name);
        Assert.Equal((name, Width), (name, await page.EvaluateAsync<int>("document.documentElement.scrollWidth")));
        Assert.Equal((name, 1), (name, await page.Locator("h1").CountAsync()));
        Assert.Empty(watched.Complaints.Select(complaint => $"{name}: {complaint}"));
    }
}

using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>One view of a page: a colour scheme (light, dark, forced) and a width.</summary>
internal sealed record Look(string Scheme, int Width)
{
    /// <summary>Draws the page in this view.</summary>
    public async Task ShowAsync(IPage page)
    {
        await page.SetViewportSizeAsync(Width, 900);
        await page.EmulateMediaAsync(
            new()
            {
                ColorScheme = Scheme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
                ForcedColors = Scheme == "forced" ? ForcedColors.Active : ForcedColors.None,
            }
        );
    }

    /// <summary>Fails unless the page in this view is accessible, fits into the width and has one title.</summary>
    public async Task MustHoldAsync(IPage page, string name)
    {
        await ShowAsync(page);
        if (Environment.GetEnvironmentVariable("SHOTS") is { Length: > 0 } directory)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(directory, $"{name}-{Scheme}-{Width}.png"), FullPage = true });
        }

        // The document is the same in each scheme; only what depends on colours differs.
        await Accessibility.MustHoldAsync(page, $"{name}, {Scheme}, {Width}", Scheme == "light" ? AuditRules.All : AuditRules.Colours);
        Assert.Equal((name, Width), (name, await page.EvaluateAsync<int>("document.documentElement.scrollWidth")));
        Assert.Equal((name, 1), (name, await page.Locator("h1").CountAsync()));
    }
}

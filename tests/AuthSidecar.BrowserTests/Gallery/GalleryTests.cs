using AuthSidecar.BrowserTests.Console;
using AuthSidecar.TestSupport;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Gallery;

/// <summary>The parts of the console's pages in Chromium.</summary>
[Collection("looks")]
public sealed class GalleryTests(GalleryServer server) : IClassFixture<GalleryServer>
{
    private const int Tablet = 700;

    private static readonly string[] _pages =
    [
        "/ui/me",
        "/ui/me/charts",
        "/ui/me/api-keys/new",
        "/ui/me/api-keys/once",
        "/ui/me/api-keys/revoke",
        "/ui/me/devices",
        "/ui/admin/users",
        "/ui/login",
    ];

    public static TheoryData<string> Pages => [.. _pages];

    [RequiresTheory("chromium")]
    [MemberData(nameof(Pages))]
    public async Task Page_IsAccessible_FitsAndKeepsThePolicy(string path)
    {
        await using var context = await server.ContextAsync(new());
        var watched = await WatchedPage.OfAsync(await context.NewPageAsync());
        await watched.Page.GotoAsync(new Uri(server.Address, path).AbsoluteUri);
        var name = $"gallery-{path.Trim('/').Replace('/', '-')}";

        await new Look("light", Tablet).MustHoldAsync(watched.Page, name);
        await LookViews.MustHoldAsync(watched, name);
    }

    [RequiresFact("chromium")]
    public async Task Audit_FindsAFault()
    {
        await using var context = await server.ContextAsync(new());
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(server.Address, "/ui/me").AbsoluteUri);
        await page.EvaluateAsync("document.querySelector('main').append(new Image())");

        var failure = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => Accessibility.MustHoldAsync(page, "a page"));

        Assert.Contains("image-alt", failure.Message, StringComparison.Ordinal);
    }

    [RequiresFact("chromium")]
    public async Task Audit_FindsAColourThatIsTooPale()
    {
        await using var context = await server.ContextAsync(new());
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(server.Address, "/ui/me").AbsoluteUri);
        await page.EvaluateAsync("document.querySelector('h1').style.color = '#ccc'");

        var failure = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() =>
            Accessibility.MustHoldAsync(page, "a page", AuditRules.Colours)
        );

        Assert.Contains("color-contrast", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Roles survive the display values that draw the table as columns; each value has its text.</summary>
    [RequiresFact("chromium")]
    public async Task DayChart_IsATable_WithAValueForEachDay()
    {
        await using var context = await server.ContextAsync(new());
        var page = await OpenAsync(context, "/ui/me");

        var chart = page.GetByRole(AriaRole.Table, new() { Name = "Cost by day" });
        var rows = chart.GetByRole(AriaRole.Row);

        Assert.Equal(Samples.Month.Days.Count + 1, await rows.CountAsync());
        var third = rows.Nth(3);
        Assert.Equal("3 Nov 2026", await third.GetByRole(AriaRole.Rowheader).InnerTextAsync());
        Assert.Equal("$ 1.53", await third.GetByRole(AriaRole.Cell).InnerTextAsync());
    }

    /// <summary>One tab stop, arrows from bar to bar; the focused bar shows its value.</summary>
    [RequiresFact("chromium")]
    public async Task DayChart_ShowsAValue_OnFocus()
    {
        await using var context = await server.ContextAsync(new());
        var page = await OpenAsync(context, "/ui/me");
        var cells = page.GetByRole(AriaRole.Table, new() { Name = "Cost by day" }).GetByRole(AriaRole.Cell);

        Assert.Equal(1, await page.Locator(".day-chart td[tabindex='0']").CountAsync());
        await cells.Last.FocusAsync();
        Assert.True(await WidthAsync(cells.Last) > 20);

        await page.Keyboard.PressAsync("ArrowLeft");

        Assert.True(await WidthAsync(cells.Nth(27)) > 20);
        Assert.Equal(1, await WidthAsync(cells.Last));
    }

    [RequiresFact("chromium")]
    public async Task DayChart_BecomesATable_WithoutScript()
    {
        await using var context = await server.ContextAsync(new() { JavaScriptEnabled = false });
        var page = await OpenAsync(context, "/ui/me");

        await page.GetByText("Show as a table").ClickAsync();

        var row = page.GetByRole(AriaRole.Row, new() { Name = "3 Nov 2026 $ 1.53" });
        Assert.True(await WidthAsync(row.GetByRole(AriaRole.Cell)) > 20);
    }

    /// <summary>A button that could not work is not there; the secret itself is in the page.</summary>
    [RequiresFact("chromium")]
    public async Task CopyButtons_AreShownByTheScriptOnly()
    {
        await using var with = await server.ContextAsync(new() { Permissions = ["clipboard-read", "clipboard-write"] });
        await using var without = await server.ContextAsync(new() { JavaScriptEnabled = false });
        var (page, plain) = (await OpenAsync(with, "/ui/me/api-keys/once"), await OpenAsync(without, "/ui/me/api-keys/once"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Copy" }).First.ClickAsync();
        await page.GetByText("Copied").First.WaitForAsync();

        Assert.Equal(Samples.Secret.Secret, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        Assert.Equal(0, await plain.GetByRole(AriaRole.Button, new() { Name = "Copy" }).CountAsync());
        Assert.Equal(Samples.Secret.Secret, await plain.GetByLabel("API key").InputValueAsync());
    }

    /// <summary>The summary's links lead to the fields, which name their errors.</summary>
    [RequiresFact("chromium")]
    public async Task Errors_AreLinkedToTheirFields()
    {
        await using var context = await server.ContextAsync(new());
        var page = await OpenAsync(context, "/ui/me/api-keys/new");

        await page.GetByRole(AriaRole.Alert).GetByRole(AriaRole.Link).First.ClickAsync();
        var focused = page.Locator(":focus");

        Assert.Equal("Name", await focused.GetAttributeAsync("id"));
        Assert.Equal("true", await focused.GetAttributeAsync("aria-invalid"));
        Assert.Equal("Name-help Name-error", await focused.GetAttributeAsync("aria-describedby"));
        Assert.Equal("Error: New key · AuthSidecar", await page.TitleAsync());
    }

    [RequiresFact("chromium")]
    public async Task SkipLink_IsTheFirstStop_AndLeadsToTheContent()
    {
        await using var context = await server.ContextAsync(new());
        var page = await OpenAsync(context, "/ui/me/devices");

        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("Skip to the content", await page.Locator(":focus").InnerTextAsync());
        await page.Keyboard.PressAsync("Enter");

        Assert.Equal("main", await page.Locator(":focus").GetAttributeAsync("id"));
    }

    [RequiresFact("chromium")]
    public async Task Secrets_AreNotPrinted()
    {
        await using var context = await server.ContextAsync(new());
        var page = await OpenAsync(context, "/ui/me/api-keys/once");

        await page.EmulateMediaAsync(new() { Media = Media.Print });

        Assert.False(await page.Locator(".secret").IsVisibleAsync());
    }

    private async Task<IPage> OpenAsync(IBrowserContext context, string path)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(server.Address, path).AbsoluteUri);
        return page;
    }

    private static async Task<double> WidthAsync(ILocator cell) => (await cell.Locator(".data").BoundingBoxAsync())!.Width;
}

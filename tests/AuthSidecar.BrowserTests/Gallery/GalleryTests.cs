using AuthSidecar.TestSupport;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Gallery;

/// <summary>The parts of the console's pages in Chromium. The variable GALLERY names a directory for pictures.</summary>
public sealed class GalleryTests(GalleryServer server) : IClassFixture<GalleryServer>
{
    private const int Wide = 1200;
    private const int Narrow = 320;

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

    private static readonly AxeRunOptions _axe = new()
    {
        RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
    };

    public static IEnumerable<object[]> Views =>
        from page in _pages
        from look in new[] { "light", "dark", "forced" }
        from width in new[] { Wide, Narrow }
        select new object[] { page, look, width };

    [RequiresTheory("chromium")]
    [MemberData(nameof(Views))]
    public async Task Page_IsAccessible_FitsAndKeepsThePolicy(string path, string look, int width)
    {
        await using var context = await server.ContextAsync(
            new()
            {
                ViewportSize = new() { Width = width, Height = 900 },
                ColorScheme = look == "dark" ? ColorScheme.Dark : ColorScheme.Light,
                ForcedColors = look == "forced" ? ForcedColors.Active : ForcedColors.None,
            }
        );
        var page = await context.NewPageAsync();
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                errors.Add(message.Text);
            }
        };

        await page.GotoAsync(new Uri(server.Address, path).AbsoluteUri);
        await PictureAsync(page, path, look, width);
        var result = await page.RunAxe(_axe);

        Assert.Empty(result.Violations.Select(Describe));
        Assert.True(result.Passes.Length > 10, "axe checked nothing");
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        Assert.Equal(1, await page.Locator("h1").CountAsync());
        Assert.Empty(errors);
    }

    private static string Describe(AxeResultItem violation) =>
        $"{violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Select(node => node.Html))}";

    private static async Task PictureAsync(IPage page, string path, string look, int width)
    {
        if (Environment.GetEnvironmentVariable("GALLERY") is { Length: > 0 } directory)
        {
            var name = $"{path.Trim('/').Replace('/', '-')}-{look}-{width}.png";
            await page.ScreenshotAsync(new() { Path = Path.Combine(directory, name), FullPage = true });
        }
    }
}

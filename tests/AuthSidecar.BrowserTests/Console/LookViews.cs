using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>
/// Colour schemes and widths in which each state of a page is checked: every scheme, and either width; with TESTS_HEAVY=1, every pair. The
/// narrow one is last, so that people act in it.
/// </summary>
internal static class LookViews
{
    private const int Wide = 1200;
    private const int Narrow = 320;

    public static IReadOnlyList<Look> All { get; } =
        Heavy.IsEnabled
            ? [new("dark", Wide), new("forced", Wide), new("light", Wide), new("dark", Narrow), new("forced", Narrow), new("light", Narrow)]
            : [new("dark", Wide), new("forced", Narrow), new("light", Narrow)];

    /// <summary>
    /// Fails unless the page is accessible, fits into the width and has one title in every view, and the browser has nothing to complain
    /// of. The variable SHOTS names a directory for pictures.
    /// </summary>
    public static async Task MustHoldAsync(WatchedPage watched, string name)
    {
        foreach (var look in All)
        {
            await look.MustHoldAsync(watched.Page, name);
        }

        Assert.Empty(watched.Complaints.Select(complaint => $"{name}: {complaint}"));
    }
}

namespace AuthSidecar.BrowserTests.Console;

/// <summary>
/// Colour schemes and widths in which each state of a page is checked: either width, and every scheme. The narrow one is last, so that
/// people act in it.
/// </summary>
internal static class LookViews
{
    private const int Wide = 1200;
    private const int Narrow = 320;

    public static IReadOnlyList<Look> All { get; } = [new("dark", Wide), new("forced", Narrow), new("light", Wide), new("light", Narrow)];

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

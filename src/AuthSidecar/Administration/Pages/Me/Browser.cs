namespace AuthSidecar.Administration.Pages.Me;

/// <summary>A browser in words. The header is only a hint, so that a person recognizes a session.</summary>
internal static class Browser
{
    // The first that matches: browsers name their relatives too.
    private static readonly (string Mark, string Name)[] _browsers =
    [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];

    private static readonly (string Mark, string Name)[] _systems =
    [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];

    /// <param name="agent">A User-Agent header, or null.</param>
    /// <returns>For example "Firefox on Linux"; the header itself if nothing in it is known.</returns>
    public static string Words(string? agent) =>
        string.IsNullOrWhiteSpace(agent)
            ? "Unknown browser"
            : (Find(_browsers, agent), Find(_systems, agent)) switch
            {
                ({ } browser, { } system) => $"{browser} on {system}",
                ({ } browser, null) => browser,
                (null, { } system) => $"Browser on {system}",
                _ => agent,
            };

    private static string? Find((string Mark, string Name)[] known, string agent) =>
        known.FirstOrDefault(one => agent.Contains(one.Mark, StringComparison.Ordinal)).Name;
}

using AuthSidecar.TestSupport;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>
/// Colour schemes and widths in which each state of a page is checked: every scheme, and either width; with TESTS_HEAVY=1, every pair.
/// </summary>
internal static class LookViews
{
    private const int Wide = 1200;
    private const int Narrow = 320;

    public static IEnumerable<object[]> All =>
        Heavy.IsEnabled
            ? from look in new[] { "light", "dark", "forced" }
            from width in new[] { Wide, Narrow }
            select new object[] { look, width }
            :
            [
                ["light", Narrow],
                ["dark", Wide],
                ["forced", Narrow],
            ];
}

using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>A page, and what the browser has complained of since: errors, violations of the policy, and failed requests.</summary>
internal sealed class WatchedPage
{
    // The answers themselves are heard, since a page of an error is one; and a date field is emptied of what is no date.
    private static readonly string[] _harmless = ["Failed to load resource", "The specified value"];

    private readonly List<string> _complaints = [];

    private WatchedPage(IPage page) => Page = page;

    public IPage Page { get; }

    /// <summary>In the order in which they were heard.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public static async Task<WatchedPage> OfAsync(IPage page)
    {
        var watched = new WatchedPage(page);
        await page.AddInitScriptAsync(
            "addEventListener('securitypolicyviolation', e => console.error(`${e.effectiveDirective} forbids ${e.blockedURI}`))"
        );
        page.Console += (_, message) => watched.Hear(message);
        page.PageError += (_, error) => watched._complaints.Add(error);
        page.Response += (_, response) => watched.Hear(response);
        return watched;
    }

    private void Hear(IConsoleMessage message)
    {
        if (message.Type is "error" or "warning" && !_harmless.Any(text => message.Text.StartsWith(text, StringComparison.Ordinal)))
        {
            _complaints.Add(message.Text);
        }
    }

    private void Hear(IResponse response)
    {
        if (response.Status >= 400 && response.Request.ResourceType != "document")
        {
            _complaints.Add($"{response.Status} {response.Url}");
        }
    }
}

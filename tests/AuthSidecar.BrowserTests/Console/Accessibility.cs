using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>
/// Audits a page with axe against WCAG 2.2 AA, in one evaluation: the runner of the package opens a second page for each audit.
/// </summary>
internal static class Accessibility
{
    private const int FewestRules = 3;

    private static readonly string _audit = $$"""
        (async () => {
          {{new BundledAxeScriptProvider().GetScript()}}
          const found = await axe.run(document, {
            runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] },
            resultTypes: ['violations'],
          });
          return JSON.stringify({
            passes: found.passes.length,
            violations: found.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html).join(' | ')}`),
          });
        })()
        """;

    /// <summary>Fails with each violation on the page.</summary>
    public static async Task MustHoldAsync(IPage page, string name)
    {
        var audit = JsonDocument.Parse(await page.EvaluateAsync<string>(_audit)).RootElement;
        Assert.Empty(audit.GetProperty("violations").EnumerateArray().Select(violation => $"{name}: {violation}"));
        Assert.True(audit.GetProperty("passes").GetInt32() > FewestRules, $"{name}: axe checked nothing");
    }
}

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
    private const string AllRules = "{ type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }";
    private const string ColourRules = "{ type: 'rule', values: ['color-contrast', 'link-in-text-block'] }";

    private static readonly string _axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>Fails with each violation on the page.</summary>
    public static async Task MustHoldAsync(IPage page, string name, AuditRules rules = AuditRules.All)
    {
        if (!await page.EvaluateAsync<bool>("'axe' in window"))
        {
            await page.EvaluateAsync(_axe);
        }

        var audit = JsonDocument.Parse(await page.EvaluateAsync<string>(Audit(rules))).RootElement;
        Assert.Empty(audit.GetProperty("violations").EnumerateArray().Select(violation => $"{name}: {violation}"));
        // A page without colours of its own passes no rule of colours.
        if (rules == AuditRules.All)
        {
            Assert.True(audit.GetProperty("passes").GetInt32() > FewestRules, $"{name}: axe checked nothing");
        }
    }

    private static string Audit(AuditRules rules) =>
        $$"""
            (async () => {
              const found = await axe.run(document, {
                runOnly: {{(rules == AuditRules.All ? AllRules : ColourRules)}},
                resultTypes: ['violations'],
              });
              return JSON.stringify({
                passes: found.passes.length,
                violations: found.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => node.html).join(' | ')}`),
              });
            })()
            """;
}

using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>Each page of administration in each state, in Chromium. The variable SHOTS names a directory for pictures.</summary>
[Collection(AdminPagesSite.Collection)]
public sealed class AdminPagesLookTests(AdminPagesSite site)
{
    private static readonly (string Name, string Path)[] _lists =
    [
        ("overview", "/ui/admin"),
        ("users", "/ui/admin/users"),
        ("keys", "/ui/admin/keys"),
        ("groups", "/ui/admin/groups"),
        ("budgets", "/ui/admin/budgets"),
        ("tenants", "/ui/admin/tenants"),
        ("apps", "/ui/admin/apps"),
        ("members", "/ui/admin/members"),
        ("prices", "/ui/admin/prices"),
        ("usage", "/ui/admin/usage"),
        ("requests", "/ui/admin/requests"),
        ("audit", "/ui/admin/audit"),
    ];

    private static readonly (string Name, string Path)[] _more =
    [
        ("overview-error", "/ui/admin?days=0"),
        ("users-none", "/ui/admin/users?q=nothing"),
        ("user", "/ui/admin/users/{alice}"),
        ("user-new", "/ui/admin/users/{bob}"),
        ("user-missing", "/ui/admin/users/nobody"),
        ("user-edit", "/ui/admin/users/{alice}/edit"),
        ("user-disable", "/ui/admin/users/{alice}/disable"),
        ("user-role", "/ui/admin/users/{alice}/role"),
        ("user-reset", "/ui/admin/users/{alice}/reset-password"),
        ("user-end", "/ui/admin/users/{alice}/end-sessions"),
        ("keys-none", "/ui/admin/keys?q=nothing"),
        ("keys-error", "/ui/admin/keys?user=zoe"),
        ("key", "/ui/admin/keys/d4dx8u7FwYEr"),
        ("key-rotate", "/ui/admin/keys/d4dx8u7FwYEr/rotate"),
        ("key-revoke", "/ui/admin/keys/d4dx8u7FwYEr/revoke"),
        ("keys-revoke", "/ui/admin/keys/revoke?user=alice"),
        ("group", "/ui/admin/groups/research"),
        ("group-new", "/ui/admin/groups/sales"),
        ("group-remove", "/ui/admin/groups/research/remove"),
        ("budget-change", "/ui/admin/budgets?scope=user&subject=bob"),
        ("budget-remove", "/ui/admin/budgets/remove?scope=group&subject=research"),
        ("tenant", "/ui/admin/tenants/acme"),
        ("tenant-new", "/ui/admin/tenants/globex"),
        ("tenant-remove", "/ui/admin/tenants/acme/remove"),
        ("app", "/ui/admin/apps/support-bot"),
        ("app-remove", "/ui/admin/apps/old-bot/remove"),
        ("member-remove", "/ui/admin/members/remove?tenant=acme&user=bob"),
        ("usage-users", "/ui/admin/usage?by=user"),
        ("usage-none", "/ui/admin/usage?model=nothing"),
        ("usage-error", "/ui/admin/usage?from=2020-01-01"),
        ("usage-prune", "/ui/admin/usage/prune"),
        ("requests-none", "/ui/admin/requests?app=nothing"),
        ("requests-error", "/ui/admin/requests?id=nothing"),
        ("requests-filter-error", "/ui/admin/requests?user=zoe&from=x"),
        ("request", $"/ui/admin/requests/{ConsoleSeed.RefusedId}"),
        ("audit-error", "/ui/admin/audit?from=x"),
    ];

    [RequiresFact("chromium")]
    public async Task EmptyPages_AreAccessible_AndFit() =>
        await WalkAsync(site.Empty, _lists.Select(one => ($"{one.Name}-empty", one.Path)));

    [RequiresFact("chromium")]
    public async Task FullPages_AreAccessible_AndFit() => await WalkAsync(site.Full, [.. _lists, .. _more]);

    [RequiresFact("chromium")]
    public async Task FormsWithErrors_AreAccessible_AndFit()
    {
        var page = await site.SignInAsync(site.Full, new());
        await using var context = page.Context;
        var watched = await WatchedPage.OfAsync(page);
        foreach (
            var (name, path, button) in new[]
            {
                ("users", "/ui/admin/users", "Create user"),
                ("keys", "/ui/admin/keys", "Create key"),
                ("groups", "/ui/admin/groups", "Create group"),
                ("budgets", "/ui/admin/budgets", "Set budget"),
                ("prices", "/ui/admin/prices", "Import prices"),
            }
        )
        {
            await page.GotoAsync(path);
            await page.EvaluateAsync("document.querySelector('form.form').noValidate = true");
            await page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
            await LookViews.MustHoldAsync(watched, $"admin-{name}-form-error");
        }
    }

    private async Task WalkAsync(ConsoleHost host, IEnumerable<(string Name, string Path)> pages)
    {
        var page = await site.SignInAsync(host, new());
        await using var context = page.Context;
        var watched = await WatchedPage.OfAsync(page);
        foreach (var (name, path) in pages)
        {
            await page.GotoAsync(
                path.Replace("{alice}", site.Alice, StringComparison.Ordinal).Replace("{bob}", site.Bob, StringComparison.Ordinal)
            );
            await LookViews.MustHoldAsync(watched, $"admin-{name}");
        }
    }
}

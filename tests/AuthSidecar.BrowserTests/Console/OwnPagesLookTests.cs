using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>Each of the person's own pages and states in Chromium. The variable SHOTS names a directory for pictures.</summary>
[Collection(OwnPagesSite.Collection)]
public sealed class OwnPagesLookTests(OwnPagesSite site)
{
    private static readonly (string Name, string User, string Path)[] _states =
    [
        ("usage-full", "alice", "/ui/me"),
        ("usage-week", "alice", "/ui/me?days=7"),
        ("usage-90", "alice", "/ui/me?days=90"),
        ("usage-error", "alice", "/ui/me?days=0"),
        ("usage-empty", "bob", "/ui/me"),
        ("keys-full", "alice", "/ui/me/api-keys"),
        ("keys-filtered-empty", "alice", "/ui/me/api-keys?q=nothing"),
        ("keys-empty", "bob", "/ui/me/api-keys"),
        ("key", "alice", "/ui/me/api-keys/d4dx8u7FwYEr"),
        ("key-revoked", "alice", "/ui/me/api-keys/zwtktoK2k4Mp"),
        ("key-missing", "bob", "/ui/me/api-keys/d4dx8u7FwYEr"),
        ("rotate", "alice", "/ui/me/api-keys/d4dx8u7FwYEr/rotate"),
        ("revoke", "alice", "/ui/me/api-keys/d4dx8u7FwYEr/revoke"),
        ("devices-full", "alice", "/ui/me/devices"),
        ("devices-empty", "bob", "/ui/me/devices"),
        ("device-revoke", "alice", "/ui/me/devices/a7Device01xy/revoke"),
        ("sessions-full", "alice", "/ui/me/sessions"),
        ("sessions-end-others", "alice", "/ui/me/sessions/end-others"),
        ("profile-full", "alice", "/ui/me/profile"),
        ("profile-empty", "bob", "/ui/me/profile"),
        ("requests-full", "alice", "/ui/me/requests"),
        ("requests-empty", "bob", "/ui/me/requests"),
        ("requests-error", "bob", $"/ui/me/requests?id={ConsoleSeed.RefusedId}"),
        ("request-refused", "alice", $"/ui/me/requests/{ConsoleSeed.RefusedId}"),
        ("request-allowed", "alice", $"/ui/me/requests/{ConsoleSeed.AllowedId}"),
    ];

    [RequiresFact("chromium")]
    public async Task EachPage_IsAccessible_AndFits()
    {
        foreach (var states in _states.GroupBy(state => state.User))
        {
            var page = await site.SignInAsync(states.Key, new());
            await using var context = page.Context;
            var watched = await WatchedPage.OfAsync(page);
            foreach (var (name, _, path) in states)
            {
                await page.GotoAsync(path);
                await LookViews.MustHoldAsync(watched, name);
            }
        }
    }

    [RequiresFact("chromium")]
    public async Task TheFormWithErrors_AndTheOncePage_AreAccessible()
    {
        var name = $"kim";
        _ = await site.AddPersonAsync(name);
        var page = await site.SignInAsync(name, new());
        await using var context = page.Context;
        var watched = await WatchedPage.OfAsync(page);
        await page.GotoAsync("/ui/me/api-keys");
        await page.EvaluateAsync("document.querySelector('form.form').noValidate = true");
        await page.GetByLabel("Models", new() { Exact = true }).FillAsync("gpt–5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await LookViews.MustHoldAsync(watched, "keys-error");

        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("laptop");
        await page.GetByLabel("Models", new() { Exact = true }).FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Key “laptop” is ready");
        await LookViews.MustHoldAsync(watched, "once");
    }
}

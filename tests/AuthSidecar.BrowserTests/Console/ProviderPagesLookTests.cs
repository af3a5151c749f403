using System.Text.Json.Nodes;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>The pages around a sign-in by an identity provider, in Chromium.</summary>
public sealed class ProviderPagesLookTests
{
    [RequiresFact("chromium")]
    public async Task EveryState_IsAccessible_AndFits()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        await using var other = await ScriptedProvider.StartAsync();
        var address = $"http://127.0.0.1:{RedisServer.FreePort()}";
        await using var console = await ConsoleHost.StartAsync(settings =>
        {
            settings["Listen"]!["Console"] = address;
            settings["Console"] = new JsonObject { ["PublicUrl"] = address };
            settings["Login"] = new JsonArray(
                Login(provider, "corp", "Example Corp", create: true),
                Login(other, "partner", "A partner with a long name, Ltd.", create: false)
            );
        });
        _ = await console.AddPersonAsync("admin", UserRole.Admin);
        provider.UserInfo = new JsonObject { ["preferred_username"] = "carol", ["email"] = "carol@example.com" };
        using var driver = await Playwright.CreateAsync();
        await using var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var watched = await WatchedPage.OfAsync(await (await browser.NewContextAsync(new() { BaseURL = address })).NewPageAsync());
        var page = watched.Page;

        await page.GotoAsync("/ui/login");
        await LookAsync("Sign in", "provider-login");
        foreach (var reason in new[] { "not_linked", "sign_in_failed", "cancelled", "domain_not_allowed", "inactive" })
        {
            await page.GotoAsync($"/ui/sign-in-failed?reason={reason}&provider=partner");
            await LookAsync(null, $"provider-{reason}");
        }

        await page.GotoAsync("/ui/login?return=/ui/me/profile");
        await PressAsync("Sign in with Example Corp");
        await LookAsync("Your profile", "provider-profile");
        await page.GotoAsync("/ui/me/profile/link?provider=partner");
        await LookAsync(null, "provider-link");

        await ChangeSessionsAsync(session => session.AuthenticatedAt = DateTimeOffset.UnixEpoch);
        await page.GotoAsync("/ui/me/profile/link?provider=partner");
        await LookAsync("Confirm that it is you", "provider-reauthenticate");

        await page.GotoAsync("/ui/me/api-keys");
        await ChangeSessionsAsync(session => session.EndedAt = DateTimeOffset.UnixEpoch);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("laptop");
        await PressAsync("Create key");
        await LookAsync("Sign in", "provider-login-ended");
        await PressAsync("Sign in with Example Corp");
        await LookAsync("Send your form now?", "provider-draft");
        await PressAsync("Send it");
        await Assertions.Expect(page.GetByText("laptop").First).ToBeVisibleAsync();

        provider.IsUp = other.IsUp = false;
        await using var fresh = await ConsoleHost.StartAsync(settings =>
        {
            settings["Console"] = new JsonObject { ["PublicUrl"] = address };
            settings["Login"] = new JsonArray(Login(provider, "corp", "Example Corp", create: true));
        });
        watched = await WatchedPage.OfAsync(await page.Context.NewPageAsync());
        page = watched.Page;
        await page.GotoAsync(new Uri(fresh.Address, "/ui/login").AbsoluteUri);
        await PressAsync("Sign in with Example Corp");
        await LookAsync("Example Corp does not answer right now", "provider-unavailable");

        async Task LookAsync(string? heading, string name)
        {
            if (heading is not null)
            {
                await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(heading);
            }

            await LookViews.MustHoldAsync(watched, name);
        }

        Task PressAsync(string button) => page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

        async Task ChangeSessionsAsync(Action<Session> change)
        {
            await using var store = console.Store.Open();
            (await store.Sessions.ToListAsync()).ForEach(change);
            await store.SaveChangesAsync();
        }
    }

    private static JsonObject Login(ScriptedProvider provider, string name, string title, bool create) => provider.Settings(name, login =>
        {
            login["Title"] = title;
            login["Create"] = create;
        });
}

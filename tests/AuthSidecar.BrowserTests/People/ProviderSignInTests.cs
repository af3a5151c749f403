using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.People;

/// <summary>Chromium between the console and an identity provider of another origin.</summary>
public sealed class ProviderSignInTests
{
    /// <summary>Chromium checks <c>form-action</c> at each redirect after a form.</summary>
    [RequiresFact("chromium")]
    public async Task Buttons_LeadToTheProviderAndBack_WithinThePolicy()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        var address = $"http://127.0.0.1:{RedisServer.FreePort()}";
        await using var console = await ConsoleHost.StartAsync(settings =>
        {
            settings["Listen"]!["Console"] = address;
            settings["Console"] = new JsonObject { ["PublicUrl"] = address };
            settings["Login"] = new JsonArray(provider.Settings("corp", login => login["Create"] = true));
        });
        using var driver = await Playwright.CreateAsync();
        await using var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var page = await (await browser.NewContextAsync(new() { JavaScriptEnabled = false })).NewPageAsync();

        await page.GotoAsync($"{address}/ui/login?return=%2Fui%2Fme%2Fprofile");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with Provider corp" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync($"{address}/ui/me/profile");
        Assert.Contains(provider.Redeemed, code => code.StartsWith("code-", StringComparison.Ordinal));
        Assert.Equal(2, await page.GetByText("Provider corp").CountAsync() + await page.GetByText("without a password").CountAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync($"{address}/ui/login");
        Assert.Equal([ScriptedProvider.ClientId], provider.LoggedOut);
        await page.GotoAsync($"{address}/ui/me");
        await Assertions.Expect(page).ToHaveURLAsync($"{address}/ui/login?return=%2Fui%2Fme");
    }
}

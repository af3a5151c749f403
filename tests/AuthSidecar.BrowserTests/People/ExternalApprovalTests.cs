using System.Text.Json.Nodes;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.BrowserTests.Console;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.People;

/// <summary>People without an account approve a device in Chromium. The variable SHOTS names a directory for pictures.</summary>
public sealed class ExternalApprovalTests
{
    private const string Client = "authsidecar-cli";

    [RequiresFact("chromium", "script", "envoy")]
    public async Task Login_ApprovedByAPersonOfAProvider_OpensTheGateway_UntilRevokedAgain()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        provider.UserInfo = Person();
        await using var site = await TerminalGateway.StartAsync(settings => Configure(settings, provider));
        using var driver = await Playwright.CreateAsync();
        await using var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var page = await (await browser.NewContextAsync(new() { JavaScriptEnabled = false })).NewPageAsync();
        var visited = new List<string>();
        page.Request += (_, request) => visited.Add(request.Url);
        var (home, server) = (site.NewHome(), site.Server);

        using var terminal = TerminalLogin.Start(home, "login", "--server", server, "--label", "eve@terminal");
        await page.GotoAsync(await terminal.SeeAsync(@"(http://\S+/device)\s"));
        var code = await terminal.SeeAsync(@"\b([B-Z3-9]{4}-[B-Z3-9]{4})\b");
        var hands = new Hands(page, hasMouse: true);
        await hands.TypeAsync("Code", code);
        await hands.PressAsync("Continue");
        await hands.FollowAsync("Sign in with Provider partner");
        await Assertions.Expect(page).ToHaveURLAsync($"{server}/device/approve-external");
        await Assertions.Expect(page.GetByText(code, new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("eve@partner.example (Provider partner)")).ToBeVisibleAsync();
        await hands.PressAsync("Approve");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("“eve@terminal” has access");

        Assert.Equal(0, await terminal.ExitAsync());
        var token = TerminalLogin.Run(home, "token", "--server", server).Output.Trim();
        Assert.StartsWith("ase_", token, StringComparison.Ordinal);
        var (answer, seen) = await site.SendAsync("/app/a", token);
        Assert.Equal("200", answer);
        Assert.Equal(["end_user"], seen!.Values("x-authsidecar-caller-subject-type"));
        Assert.DoesNotContain(visited, url =>
            url.Contains(code, StringComparison.OrdinalIgnoreCase)
            || url.Contains(code.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)
            || url.Contains(token, StringComparison.Ordinal)
        );
        Assert.DoesNotContain(code, site.Logs, StringComparison.Ordinal);
        Assert.DoesNotContain(token, site.Logs, StringComparison.Ordinal);

        await hands.PressAsync("Revoke it again");
        await Eventually.TrueAsync(
            async () => await site.SendAsync("/app/a", token) is ("401 token_revoked", null),
            "the token is refused",
            seconds: 1
        );
    }

    [RequiresFact("chromium")]
    public async Task EveryState_IsAccessible_AndFits()
    {
        await using var provider = await ScriptedProvider.StartAsync();
        provider.UserInfo = Person();
        await using var console = await ConsoleHost.StartAsync(settings => Configure(settings, provider));
        using var driver = await Playwright.CreateAsync();
        await using var browser = await driver.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox"] });
        var page = await (await browser.NewContextAsync()).NewPageAsync();
        var watched = await WatchedPage.OfAsync(page);
        var hands = new Hands(page, hasMouse: true);
        var home = console.Address.AbsoluteUri;

        var first = await ProveAsync("eve@build-agent", "203.0.113.9");
        await LookAsync("Give “eve@build-agent” access?", "external-approve");
        await hands.PressAsync("Approve");
        await LookAsync("“eve@build-agent” has access", "external-done");
        await hands.PressAsync("Revoke it again");
        await LookAsync("“eve@build-agent” has no access any more", "external-revoked");
        await EnterAsync(first);
        await LookAsync("This request was already decided", "external-decided");

        provider.UserInfo = [];
        provider.Subject = "an-identifier-of-a-person-that-is-longer-than-a-line-0123456789-0123456789-0123456789";
        await ProveAsync("eve@laptop", "127.0.0.1");
        await LookAsync("Give “eve@laptop” access?", "external-approve-subject");
        await hands.PressAsync("Deny");
        await LookAsync("“eve@laptop” was denied", "external-denied");

        await ProveAsync("eve@laptop", "127.0.0.1");
        await page.Context.ClearCookiesAsync(new() { Name = ApprovalGrants.Cookie });
        await hands.PressAsync("Approve");
        await LookAsync("Your sign-in has expired", "external-expired");
        await using (var context = console.Store.Open())
        {
            Assert.Equal(2, await context.DeviceGrants.CountAsync(grant => grant.DecidedAt != null));
        }

        provider.Claims = claims => claims["aud"] = "another";
        await EnterAsync(await BeginAsync("eve@laptop", "127.0.0.1"));
        await LookAsync("Who are you?", "external-chooser");
        await hands.FollowAsync("Sign in with Provider partner");
        await LookAsync("The sign-in did not succeed", "external-failed");

        async Task<string> ProveAsync(string label, string address)
        {
            var code = await BeginAsync(label, address);
            await EnterAsync(code);
            await hands.FollowAsync("Sign in with Provider partner");
            return code;
        }

        async Task EnterAsync(string code)
        {
            await page.GotoAsync($"{home}device");
            await hands.TypeAsync("Code", code);
            await hands.PressAsync("Continue");
        }

        async Task<string> BeginAsync(string label, string address) =>
            (
                await console
                    .Services.GetRequiredService<StartGrant>()
                    .RunAsync(new(Client, label, null, address, "authsidecar/1.0"), CancellationToken.None)
            )
                .Value
                .UserCode;

        async Task LookAsync(string heading, string name)
        {
            await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(heading);
            await LookViews.MustHoldAsync(watched, name);
        }
    }

    private static JsonObject Person() => new() { ["email"] = "eve@partner.example", ["email_verified"] = true };

    private static void Configure(JsonObject settings, ScriptedProvider provider)
    {
        var address = $"http://127.0.0.1:{RedisServer.FreePort()}";
        settings["Listen"]!["Console"] = address;
        settings["Console"] = new JsonObject { ["PublicUrl"] = address };
        settings["Login"] = new JsonArray(provider.Settings("partner", login => login["For"] = "end_user"));
        settings["Device"] = new JsonObject
        {
            ["Clients"] = new JsonArray(
                new JsonObject
                {
                    ["Id"] = Client,
                    ["Title"] = "AuthSidecar command line",
                    ["Scopes"] = new JsonArray("llm:invoke"),
                }
            ),
        };
    }
}

using AuthSidecar.Administration.Devices;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.Console;

/// <summary>Each state of the pages under /device, in Chromium.</summary>
[Collection(OwnPagesSite.Collection)]
public sealed class DevicePagesLookTests(OwnPagesSite site)
{
    [RequiresFact("chromium")]
    public async Task EveryState_IsAccessible_AndFits()
    {
        var name = $"dev";
        _ = await site.Host.AddPersonAsync(name);
        var page = await site.OpenAsync(new());
        await using var context = page.Context;
        var watched = await WatchedPage.OfAsync(page);
        var first = await StartAsync("alice@build-agent", "203.0.113.9");

        await page.GotoAsync("/device");
        await LookAsync(watched, "Connect a device", "device-code");
        await EnterAsync(page, "12");
        await ErrorAsync(watched, "device-code-error");
        await EnterAsync(page, "BBBB-BBBB");
        await ErrorAsync(watched, "device-unknown");
        await page.GotoAsync($"/device?user_code={first.UserCode}");
        await LookAsync(watched, "Connect a device", "device-link");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await LookAsync(watched, "Who are you?", "device-sign-in");
        var hands = new Hands(page, hasMouse: true);
        await hands.FollowAsync("Sign in with your account");
        await hands.SignInAsync(name);
        await LookAsync(watched, "Give “alice@build-agent” access?", "device-approve");
        await PressAsync(page, "Approve");
        await LookAsync(watched, "“alice@build-agent” has access", "device-done");
        await PressAsync(page, "Revoke it again");
        await LookAsync(watched, "“alice@build-agent” has no access any more", "device-revoked");

        await EnterAnewAsync(page, first.UserCode);
        await LookAsync(watched, "This request was already decided", "device-decided");
        await EnterAnewAsync(
            page,
            (await StartAsync("A device with a label that is much longer than any page is wide", "127.0.0.1")).UserCode
        );
        await LookAsync(watched, "Give “A device with a label that is much longer than any page is wide” access?", "device-approve-near");
        await PressAsync(page, "Deny");
        await LookAsync(watched, "“A device with a label that is much longer than any page is wide” was denied", "device-denied");

        await page.GotoAsync("/device?sso_error=sso_failed");
        await LookAsync(watched, "The sign-in did not succeed", "device-provider");
        await page.GotoAsync("/device?sso_error=email_belongs_to_account");
        await LookAsync(watched, "You have an account here", "device-email");
        await page.GotoAsync("/device");
        for (var guess = 0; guess < 10; guess++)
        {
            await EnterAsync(page, $"BBBB-BBB{"BCDFGHJKLM"[guess]}");
        }

        await LookAsync(watched, "Too many attempts", "device-limited");
    }

    private async Task<StartedGrant> StartAsync(string label, string address) =>
        (
            await site
                .Host.Services.GetRequiredService<StartGrant>()
                .RunAsync(new(OwnPagesSite.DeviceClient, label, null, address, "authsidecar/1.0"), CancellationToken.None)
        ).Value;

    private static async Task EnterAnewAsync(IPage page, string code)
    {
        await page.GotoAsync("/device");
        await EnterAsync(page, code);
    }

    private static async Task EnterAsync(IPage page, string code)
    {
        if (await page.GetByLabel("Code", new() { Exact = true }).CountAsync() == 0)
        {
            return;
        }

        await page.GetByLabel("Code", new() { Exact = true }).FillAsync(code);
        await PressAsync(page, "Continue");
    }

    private static Task PressAsync(IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    private static async Task LookAsync(WatchedPage watched, string heading, string name)
    {
        await Assertions.Expect(watched.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(heading);
        await LookViews.MustHoldAsync(watched, name);
    }

    private static async Task ErrorAsync(WatchedPage watched, string name)
    {
        await Assertions.Expect(watched.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await LookViews.MustHoldAsync(watched, name);
    }
}

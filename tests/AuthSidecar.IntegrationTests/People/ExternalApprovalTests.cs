using System.Text.Json.Nodes;
using System.Web;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>People of two real providers who approve devices without an account.</summary>
public sealed class ExternalApprovalTests
{
    private const string Failed = "/device?sso_error=sso_failed";
    private const string Verified = "/device?sso_verified=1";

    [RequiresFact("node")]
    public async Task Person_IsIssuerAndSubject_WhateverTheAddress()
    {
        await using var site = await SignInProviders.StartAsync();
        await site.SetPersonAsync(0, "carol", "carol@example.com");
        var first = await CollectAsync(site, "device-one");
        await site.SetPersonAsync(0, "carol", "renamed@example.com");
        var second = await CollectAsync(site, "device-one");
        await site.SetPersonAsync(1, "carol", "carol@example.com");
        var other = await CollectAsync(site, "device-two");

        Assert.Equal(
            ["carol@example.com", "renamed@example.com", "carol@example.com"],
            new[] { first, second, other }.Select(answer => (string?)answer["subject_email"])
        );
        Assert.All([first, second, other], answer => Assert.StartsWith("ase_", (string)answer["token"]!, StringComparison.Ordinal));
        var statuses = new List<int> { await FactsAsync(site, first), await FactsAsync(site, second), await FactsAsync(site, other) };
        Assert.Equal([401, 200, 200], statuses);
        await using var context = site.Console.Store.Open();
        Assert.Equal(
            [$"{site.Issuers[0]}|carol", $"{site.Issuers[0]}|carol", $"{site.Issuers[1]}|carol"],
            await context
                .AuditEvents.Where(row => row.Action == "device.approved")
                .OrderBy(row => row.Sequence)
                .Select(row => row.ActorId)
                .ToListAsync()
        );
        Assert.Empty(await context.Users.ToListAsync());
    }

    /// <summary>The four entries are two issuers, at each of which the sidecar is one client.</summary>
    [RequiresFact("node")]
    public async Task MixUpAndReplay_ProveNothing()
    {
        await using var site = await SignInProviders.StartAsync();
        using var browser = site.Console.Open();
        var (_, code) = await BeginAsync(site);
        var one = await site.AtProviderAsync([], await InitiateAsync(browser, code, "device-one"));
        var two = await site.AtProviderAsync([], await InitiateAsync(browser, code, "device-two"));
        var login = await site.AtProviderAsync([], await SignInProviders.StartAsync(browser, "two"));

        Assert.Equal(Failed, await site.FollowAsync(browser, one.Replace("/device-one?", "/device-two?", StringComparison.Ordinal)));
        Assert.Equal(Failed, await site.FollowAsync(browser, Callback(Query(one, "code"), Query(two, "state"), Query(one, "iss"))));
        Assert.Equal(Failed, await site.FollowAsync(browser, Callback(Query(login, "code"), Query(login, "state"), Query(login, "iss"))));
        Assert.Equal(
            "/ui/sign-in-failed?reason=sign_in_failed&provider=two",
            await site.FollowAsync(
                browser,
                two.Replace("/oauth/device/sso-complete/device-two", "/auth/oidc/two/callback", StringComparison.Ordinal)
            )
        );

        // The code of another sign-in fits neither the nonce, the verifier nor the redirect address.
        Assert.Equal(Failed, await site.FollowAsync(browser, Callback(Query(login, "code"), Query(two, "state"), Query(two, "iss"))));
        Assert.DoesNotContain(browser.Cookies.Keys, name => name is "__Host-authsidecar-session" or "__Host-authsidecar-device-grant");

        var third = await site.AtProviderAsync([], await InitiateAsync(browser, code, "device-two"));
        var cookies = browser.Cookies.ToList();
        Assert.Equal(Verified, await site.FollowAsync(browser, third));
        using var thief = site.Console.Open();
        cookies.ForEach(cookie => thief.Cookies[cookie.Key] = cookie.Value);
        Assert.Equal(Failed, await site.FollowAsync(thief, third));
    }

    private static async Task<JsonNode> CollectAsync(SignInProviders site, string provider)
    {
        var (device, code) = await BeginAsync(site);
        using var browser = site.Console.Open();
        Assert.Equal(
            Verified,
            await site.FollowAsync(browser, await site.AtProviderAsync([], await InitiateAsync(browser, code, provider)))
        );
        browser.Token = (string?)(await browser.GetAsync("/oauth/device/approval-context")).Json["csrf_token"];
        Assert.Equal(200, (await browser.PostJsonAsync("/oauth/device/approve-external", new { user_code = code })).Status);
        var answer = await browser.PostFormAsync("/oauth/device/token", new() { ["device_code"] = device, ["client_id"] = "tool" });
        Assert.True(answer.Status == 200, answer.Text);
        return answer.Json;
    }

    private static async Task<(string Device, string User)> BeginAsync(SignInProviders site)
    {
        using var device = site.Console.Open();
        var answer = await device.PostFormAsync("/oauth/device/code", new() { ["client_id"] = "tool", ["device_label"] = "a laptop" });
        return ((string)answer.Json["device_code"]!, (string)answer.Json["user_code"]!);
    }

    private static async Task<string> InitiateAsync(WebBrowser browser, string code, string provider)
    {
        var answer = await browser.GetAsync($"/oauth/device/sso-initiate?user_code={code}&provider={provider}");
        Assert.True(answer.Status == 303, $"{answer.Status} {answer.Text}");
        return answer.Location!;
    }

    private static async Task<int> FactsAsync(SignInProviders site, JsonNode answer)
    {
        using var program = site.Console.Open();
        return (await program.GetAsync("/api/key", ("Authorization", $"Bearer {(string?)answer["token"]}"))).Status;
    }

    private static string Query(string path, string name) => HttpUtility.ParseQueryString(path[path.IndexOf('?')..])[name]!;

    private static string Callback(string code, string state, string issuer) =>
        $"/oauth/device/sso-complete/device-two?code={code}&state={Uri.EscapeDataString(state)}&iss={Uri.EscapeDataString(issuer)}";
}

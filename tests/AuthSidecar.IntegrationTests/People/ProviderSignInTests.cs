using System.Web;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>People of two real providers at one console.</summary>
public sealed class ProviderSignInTests
{
    private const string Failed = "/ui/sign-in-failed?reason=sign_in_failed&provider=";

    [RequiresFact("node")]
    public async Task Person_IsIssuerAndSubject_WhateverTheAddress()
    {
        await using var site = await SignInProviders.StartAsync();
        await site.SetPersonAsync(0, "carol", "carol@example.com");
        await site.SetPersonAsync(1, "carol", "carol@example.com");
        using var browser = site.Console.Open();

        Assert.Equal("/ui/sign-in-failed?reason=not_linked&provider=one", await SignInAsync(site, browser, "one"));
        Assert.Equal("/ui/me", await SignInAsync(site, browser, "two"));
        Assert.Equal("carol", await NameAsync(browser));

        // Links the other provider's identity.
        await browser.OpenAsync("/ui/me/profile/link?provider=one");
        var link = await browser.PostFormAsync("/ui/me/profile/link?provider=one", []);
        Assert.Equal("/ui/me/profile", await site.FollowAsync(browser, await site.AtProviderAsync([], link.Location!)));

        await site.SetPersonAsync(0, "carol", "somebody.else@example.com");
        using var other = site.Console.Open();
        Assert.Equal("/ui/me", await SignInAsync(site, other, "one"));
        Assert.Equal("carol", await NameAsync(other));
        await site.SetPersonAsync(1, "dave", "carol@example.com");
        using var dave = site.Console.Open();
        Assert.Equal("/ui/me", await SignInAsync(site, dave, "two"));
        Assert.Equal("carol-2", await NameAsync(dave));
    }

    [RequiresFact("node")]
    public async Task MixUpAndReplay_AreRefused()
    {
        await using var site = await SignInProviders.StartAsync();
        using var browser = site.Console.Open();
        var one = await site.AtProviderAsync([], await SignInProviders.StartAsync(browser, "one"));
        var two = await site.AtProviderAsync([], await SignInProviders.StartAsync(browser, "two"));
        var (first, second) = (HttpUtility.ParseQueryString(new Uri(site.Console.Address, one).Query), Query(site, two));

        Assert.Equal(site.Issuers[0], first["iss"]);
        Assert.Equal($"{Failed}two", await site.FollowAsync(browser, one.Replace("/one/", "/two/", StringComparison.Ordinal)));
        Assert.Equal($"{Failed}two", await site.FollowAsync(browser, Callback(first["code"], second["state"], first["iss"])));
        Assert.DoesNotContain("__Host-authsidecar-session", browser.Cookies.Keys);

        // The code of one login does not fit the verifier of another.
        var third = await site.AtProviderAsync([], await SignInProviders.StartAsync(browser, "two"));
        var fourth = await site.AtProviderAsync([], await SignInProviders.StartAsync(browser, "two"));
        Assert.Equal(
            $"{Failed}two",
            await site.FollowAsync(browser, Callback(Query(site, third)["code"], Query(site, fourth)["state"], site.Issuers[1]))
        );

        var cookies = browser.Cookies.ToList();
        var fifth = await site.AtProviderAsync([], await SignInProviders.StartAsync(browser, "two"));
        Assert.Equal("/ui/me", await site.FollowAsync(browser, fifth));
        using var thief = site.Console.Open();
        cookies.ForEach(cookie => thief.Cookies[cookie.Key] = cookie.Value);
        Assert.Equal($"{Failed}two", await site.FollowAsync(thief, fifth));
    }

    [RequiresTheory("node")]
    [InlineData("nonce", "a-nonce-that-was-used-before")]
    [InlineData("client_id", "other")]
    [InlineData("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    public async Task AnswerToARequestThatWasChanged_IsRefused(string parameter, string value)
    {
        await using var site = await SignInProviders.StartAsync();
        using var browser = site.Console.Open();

        foreach (var (changed, target) in new[] { (true, $"{Failed}two"), (false, "/ui/me") })
        {
            var request = new UriBuilder(await SignInProviders.StartAsync(browser, "two"));
            var query = HttpUtility.ParseQueryString(request.Query);
            Assert.NotNull(query[parameter]);
            query[parameter] = changed ? value : query[parameter];
            request.Query = query.ToString();

            Assert.Equal(target, await site.FollowAsync(browser, await site.AtProviderAsync([], request.Uri.AbsoluteUri)));
        }

        await using var context = site.Console.Store.Open();
        Assert.Equal(1, await context.Sessions.CountAsync());
    }

    [RequiresFact("node")]
    public async Task NewProof_AsksAtTheProviderAgain()
    {
        await using var site = await SignInProviders.StartAsync();
        using var browser = site.Console.Open();
        var cookies = new Dictionary<string, string>();
        await site.FollowAsync(browser, await site.AtProviderAsync(cookies, await SignInProviders.StartAsync(browser, "two")));
        await using (var context = site.Console.Store.Open())
        {
            await context.Sessions.ExecuteUpdateAsync(set => set.SetProperty(session => session.AuthenticatedAt, DateTimeOffset.UnixEpoch));
        }

        Assert.Equal(303, (await browser.GetAsync("/ui/me/profile/link?provider=one")).Status);
        await browser.OpenAsync("/ui/reauthenticate");
        var start = await browser.PostFormAsync("/ui/reauthenticate?handler=Provider&provider=two", []);

        Assert.Equal("/ui/me", await site.FollowAsync(browser, await site.AtProviderAsync(cookies, start.Location!)));
        Assert.Equal(200, (await browser.GetAsync("/ui/me/profile/link?provider=one")).Status);
    }

    [RequiresFact("node")]
    public async Task LogoutAtTheProvider_EndsEverySessionOfItsBrowser()
    {
        await using var site = await SignInProviders.StartAsync();
        var cookies = new Dictionary<string, string>();
        using var browser = site.Console.Open();
        using var same = site.Console.Open();
        using var elsewhere = site.Console.Open();
        foreach (var (client, jar) in new[] { (browser, cookies), (same, cookies), (elsewhere, []) })
        {
            await site.FollowAsync(client, await site.AtProviderAsync(jar, await SignInProviders.StartAsync(client, "two")));
            Assert.Equal(200, (await client.GetAsync("/auth/me")).Status);
        }

        await browser.OpenAsync("/ui/me");
        var logout = await browser.PostFormAsync("/ui/logout", []);
        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await same.GetAsync("/auth/me")).Status);

        Assert.Equal($"{SignInProviders.PublicUrl}/ui/login", await site.ConfirmLogoutAsync(cookies, logout.Location!));

        // The provider's back channel names the session of that browser, not the one elsewhere. It has ended when the provider answers.
        Assert.Equal(401, (await same.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await elsewhere.GetAsync("/auth/me")).Status);
        Assert.Equal(["console 200"], await site.LogoutsAsync(1));
    }

    [RequiresFact("node")]
    public async Task LogoutTokenOfAnotherClient_EndsNothing()
    {
        await using var site = await SignInProviders.StartAsync();
        var cookies = new Dictionary<string, string>();
        using var browser = site.Console.Open();
        var request = await SignInProviders.StartAsync(browser, "two");
        Assert.Equal("/ui/me", await site.FollowAsync(browser, await site.AtProviderAsync(cookies, request)));
        await site.AtProviderAsync(cookies, request.Replace("client_id=console", "client_id=other", StringComparison.Ordinal));

        await site.ConfirmLogoutAsync(cookies, $"{site.Issuers[1]}/session/end?client_id=other", ofClientOnly: true);

        Assert.Equal(["other 400"], await site.LogoutsAsync(1));
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
    }

    private static async Task<string?> SignInAsync(SignInProviders site, WebBrowser browser, string name) =>
        await site.FollowAsync(browser, await site.AtProviderAsync([], await SignInProviders.StartAsync(browser, name)));

    private static async Task<string> NameAsync(WebBrowser browser) => (string)(await browser.GetAsync("/auth/me")).Json["name"]!;

    private static System.Collections.Specialized.NameValueCollection Query(SignInProviders site, string path) =>
        HttpUtility.ParseQueryString(new Uri(site.Console.Address, path).Query);

    private static string Callback(string? code, string? state, string? issuer) =>
        $"/auth/oidc/two/callback?code={code}&state={Uri.EscapeDataString(state!)}&iss={Uri.EscapeDataString(issuer!)}";
}

using System.Text.Json.Nodes;
using System.Web;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Providers;

/// <summary>Logins by an identity provider: which person they mean, and what they refuse.</summary>
public sealed class ProviderSignInTests
{
    [Fact]
    public async Task KnownIdentity_SignsIn_WithCodePkceStateAndNonce_AndReturns()
    {
        await using var site = await ProviderSite.StartAsync();
        await site.LinkAsync(await site.Console.AddPersonAsync("ada"), site.One);
        using var browser = site.Console.Open();

        var request = await ProviderSite.StartAsync(browser, "one", "/ui/me/profile");

        var query = HttpUtility.ParseQueryString(new Uri(request).Query);
        Assert.StartsWith($"{site.One.Issuer}/auth?", request, StringComparison.Ordinal);
        Assert.Equal(("code", "S256"), (query["response_type"], query["code_challenge_method"]));
        Assert.Equal($"{ProviderSite.PublicUrl}/auth/oidc/one/callback", query["redirect_uri"]);
        Assert.All(["state", "nonce", "code_challenge"], name => Assert.NotEmpty(query[name]!));
        Assert.Null(query["prompt"]);
        var cookies = browser.SetCookies.Where(cookie => cookie.Contains("signin.") || cookie.Contains("nonce.")).ToList();
        Assert.Equal(2, cookies.Count);
        Assert.All(cookies, cookie =>
        {
            Assert.StartsWith("__Host-authsidecar-", cookie, StringComparison.Ordinal);
            Assert.All(["; secure", "; httponly", "; samesite=lax", "; path=/", "; expires="], part =>
                Assert.Contains(part, cookie, StringComparison.OrdinalIgnoreCase)
            );
        });

        Assert.Equal((303, "/ui/me/profile"), await site.FollowAsync(browser, site.One.SignIn(request)));
        Assert.Equal("ada", await ProviderSite.NameAsync(browser));
        Assert.DoesNotContain(browser.Cookies.Keys, name => name.Contains("signin.") || name.Contains("nonce."));
        await using var context = site.Console.Store.Open();
        var session = await context.Sessions.SingleAsync();
        Assert.Equal((site.One.Issuer, "provider-session-of-subject-1"), (session.Issuer, session.IssuerSessionId));
    }

    [Fact]
    public async Task UnknownIdentity_IsRefused_AndNeverMatchedByEmail()
    {
        await using var site = await ProviderSite.StartAsync();
        await site.Console.AddPersonAsync("ada");
        await site.Console.ChangeUserAsync("ada", user => user.Email = "ada@example.com");
        site.One.UserInfo = Person("ada", "ada@example.com");
        using var browser = site.Console.Open();

        var answer = await site.SignInAsync(browser, "one");

        Assert.Equal((303, "/ui/sign-in-failed?reason=not_linked&provider=one"), answer);
        Assert.DoesNotContain(ProviderSite.Session, browser.Cookies.Keys);
        var page = await browser.GetAsync(answer.Item2!);
        Assert.Contains("No account is linked to you yet", page.Text, StringComparison.Ordinal);
        Assert.Contains("Provider one", page.Text, StringComparison.Ordinal);
        Assert.Equal("ada", Assert.Single(await site.UsersAsync()).Name);
    }

    [Fact]
    public async Task Create_MakesAnAccount_OfAllowedLetters_WithAUniqueName_AndKeepsIt()
    {
        await using var site = await ProviderSite.StartAsync();
        await site.Console.AddPersonAsync("ada");
        site.Two.UserInfo = Person("A d'a", "ada@example.com");
        using var browser = site.Console.Open();

        Assert.Equal((303, "/ui/me"), await site.SignInAsync(browser, "two"));
        Assert.Equal("Ada-2", await ProviderSite.NameAsync(browser));

        // The same subject with another address is the same person; another subject with the same address is another.
        using var later = site.Console.Open();
        site.Two.UserInfo = Person("eve", "changed@example.com");
        Assert.Equal((303, "/ui/me"), await site.SignInAsync(later, "two"));
        Assert.Equal("Ada-2", await ProviderSite.NameAsync(later));
        using var other = site.Console.Open();
        site.Two.Subject = "subject-2";
        Assert.Equal((303, "/ui/me"), await site.SignInAsync(other, "two"));
        Assert.Equal("eve", await ProviderSite.NameAsync(other));

        var users = await site.UsersAsync();
        Assert.Equal(["ada", "Ada-2", "eve"], users.Select(user => user.Name));
        Assert.Equal((null, "Person of the test"), (users[1].Email is "ada@example.com" ? null : users[1].Email, users[1].DisplayName));
        await using var context = site.Console.Store.Open();
        Assert.Equal(2, await context.AuditEvents.CountAsync(row => row.Action == "identity.created"));
        Assert.Equal("changed@example.com", (await context.UserIdentities.SingleAsync(row => row.Subject == "subject-1")).Email);
    }

    [Theory]
    [InlineData("ada@example.com", true, "/ui/me")]
    [InlineData("ada@EXAMPLE.com", true, "/ui/me")]
    [InlineData("ada@example.com", false, "/ui/sign-in-failed?reason=domain_not_allowed&provider=two")]
    [InlineData("ada@notexample.com", true, "/ui/sign-in-failed?reason=domain_not_allowed&provider=two")]
    [InlineData("ada@sub.example.com", true, "/ui/sign-in-failed?reason=domain_not_allowed&provider=two")]
    [InlineData("ada@example.com@evil.test", true, "/ui/sign-in-failed?reason=domain_not_allowed&provider=two")]
    public async Task Domains_AllowVerifiedAddressesOnly(string email, bool verified, string target)
    {
        await using var site = await ProviderSite.StartAsync(login => login["Domains"] = new JsonArray("example.com"));
        site.Two.UserInfo = Person("ada", email);
        site.Two.UserInfo["email_verified"] = verified;
        using var browser = site.Console.Open();

        Assert.Equal((303, target), await site.SignInAsync(browser, "two"));
        Assert.Equal(target == "/ui/me" ? 1 : 0, (await site.UsersAsync()).Count);
    }

    public static TheoryData<string, Action<JsonObject>, Action<JsonObject>> Faults =>
        new()
        {
            { "nonce of another login", claims => claims["nonce"] = "another", _ => { } },
            { "no nonce", claims => claims.Remove("nonce"), _ => { } },
            { "audience", claims => claims["aud"] = "another", _ => { } },
            {
                "authorized party",
                claims => (claims["aud"], claims["azp"]) = (new JsonArray(ScriptedProvider.ClientId, "x"), "x"),
                _ => { }
            },
            { "issuer", claims => claims["iss"] = "https://another.example", _ => { } },
            { "expired", claims => claims["exp"] = 1_700_000_000, _ => { } },
            { "no expiry", claims => claims.Remove("exp"), _ => { } },
            { "no subject", claims => claims.Remove("sub"), _ => { } },
            { "empty subject", claims => claims["sub"] = "", _ => { } },
            { "unsigned", _ => { }, header => header["alg"] = "none" },
            { "public key as secret", _ => { }, header => header["alg"] = "HS256" },
            { "unknown key", _ => { }, header => header["kid"] = "unknown" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task InvalidToken_IsRefused(string fault, Action<JsonObject> claims, Action<JsonObject> header)
    {
        await using var site = await ProviderSite.StartAsync();
        (site.Two.Claims, site.Two.Header) = (claims, header);
        if (fault == "unknown key")
        {
            using var earlier = site.Console.Open();
            _ = await ProviderSite.StartAsync(earlier, "two");
            site.Two.Key = AuthSidecar.TestSupport.Corpus.IssuerKey.NewRsa("provider-2");
        }

        using var browser = site.Console.Open();

        Assert.Equal((303, "/ui/sign-in-failed?reason=sign_in_failed&provider=two"), await site.SignInAsync(browser, "two"));
        Assert.DoesNotContain(ProviderSite.Session, browser.Cookies.Keys);
        Assert.Empty(await site.UsersAsync());
    }

    /// <summary>Mix-up (RFC 9700 4.4): an answer of one provider is none of another, and its code never reaches the other.</summary>
    [Fact]
    public async Task MixUp_IsRefused_BeforeTheCodeIsSent()
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();
        var one = site.One.SignIn(await ProviderSite.StartAsync(browser, "one"));
        var two = site.Two.SignIn(await ProviderSite.StartAsync(browser, "two"));
        var (code, state) = (Parameter(one, "code"), Uri.EscapeDataString(Parameter(two, "state")));
        var refused = (303, "/ui/sign-in-failed?reason=sign_in_failed&provider=two");

        Assert.Equal(refused, await site.FollowAsync(browser, one.Replace("/one/", "/two/", StringComparison.Ordinal)));
        var callback = $"/auth/oidc/two/callback?code={code}&state={state}";
        Assert.Equal(refused, await site.FollowAsync(browser, $"{callback}&iss={Uri.EscapeDataString(site.One.Issuer)}"));
        Assert.Empty(site.Two.Redeemed);

        // Nor does an answer pass that names no issuer, or the other way round.
        using var another = site.Console.Open();
        var unnamed = site.Two.SignIn(await ProviderSite.StartAsync(another, "two"), withIssuer: false);
        Assert.Equal(refused, await site.FollowAsync(another, unnamed));
        Assert.Empty(site.Two.Redeemed);
        Assert.DoesNotContain(ProviderSite.Session, another.Cookies.Keys);
    }

    [Fact]
    public async Task Answer_CountsOnce_AndInItsBrowserOnly()
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();
        var callback = site.Two.SignIn(await ProviderSite.StartAsync(browser, "two"));
        using var victim = site.Console.Open();
        var refused = (303, "/ui/sign-in-failed?reason=sign_in_failed&provider=two");

        Assert.Equal(refused, await site.FollowAsync(victim, callback));
        Assert.Empty(site.Two.Redeemed);
        var cookies = browser.Cookies.ToList();
        Assert.Equal((303, "/ui/me"), await site.FollowAsync(browser, callback));

        using var thief = site.Console.Open();
        cookies.ForEach(cookie => thief.Cookies[cookie.Key] = cookie.Value);
        Assert.Equal(refused, await site.FollowAsync(thief, callback));
        Assert.DoesNotContain(ProviderSite.Session, thief.Cookies.Keys);
        Assert.Equal(refused, await site.FollowAsync(browser, "/auth/oidc/two/callback"));
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example/ui/me")]
    public async Task SignIn_NeverLeavesTheConsole(string path)
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();

        Assert.Equal((303, "/ui/me"), await site.SignInAsync(browser, "two", path));
    }

    [Fact]
    public async Task SuspendedPerson_AndCancelledLogin_AreRefused()
    {
        await using var site = await ProviderSite.StartAsync();
        await site.LinkAsync(await site.Console.AddPersonAsync("ada"), site.One);
        await site.Console.ChangeUserAsync("ada", user => user.Status = UserStatus.Suspended);
        using var browser = site.Console.Open();

        Assert.Equal((303, "/ui/sign-in-failed?reason=inactive&provider=one"), await site.SignInAsync(browser, "one"));
        var state = HttpUtility.ParseQueryString(new Uri(await ProviderSite.StartAsync(browser, "one")).Query)["state"]!;
        var denied =
            $"/auth/oidc/one/callback?error=access_denied&state={Uri.EscapeDataString(state)}&iss={Uri.EscapeDataString(site.One.Issuer)}";
        Assert.Equal((303, "/ui/sign-in-failed?reason=cancelled&provider=one"), await site.FollowAsync(browser, denied));
        Assert.DoesNotContain(ProviderSite.Session, browser.Cookies.Keys);
    }

    [Fact]
    public async Task ProviderThatIsDown_IsAPage_AndPasswordsWork()
    {
        await using var site = await ProviderSite.StartAsync(login => login["Issuer"] = "http://127.0.0.1:9");
        await site.Console.AddPersonAsync("ada");
        using var browser = site.Console.Open();
        await browser.OpenAsync("/ui/login");

        var answer = await browser.PostFormAsync("/ui/login/two", []);

        Assert.Equal((503, "text/html"), (answer.Status, answer.ContentHeaders.ContentType?.MediaType));
        Assert.Contains("Provider two does not answer right now", answer.Text, StringComparison.Ordinal);
        Assert.NotNull(answer.Header("Retry-After"));
        Assert.Equal(200, (await browser.LogInAsync("ada", ConsoleHost.Password)).Status);
    }

    /// <summary>A document of another issuer would let that issuer's tokens pass.</summary>
    [Fact]
    public async Task DiscoveryOfAnotherIssuer_IsRefused()
    {
        await using var site = await ProviderSite.StartAsync(login => login["Issuer"] = $"{(string)login["Issuer"]!}/");
        using var browser = site.Console.Open();
        await browser.OpenAsync("/ui/login");

        Assert.Equal(503, (await browser.PostFormAsync("/ui/login/two", [])).Status);
    }

    [Fact]
    public async Task Start_NeedsTheTokenOfThePage_AndThePolicyAllowsItsTarget()
    {
        await using var site = await ProviderSite.StartAsync();
        using var browser = site.Console.Open();

        var page = await browser.GetAsync("/ui/login");
        Assert.Contains("Sign in with Provider one", page.Text, StringComparison.Ordinal);
        Assert.Contains("Sign in with Provider two", page.Text, StringComparison.Ordinal);
        Assert.Contains(
            $"form-action 'self' {site.One.Issuer} {site.Two.Issuer}",
            page.Header("Content-Security-Policy"),
            StringComparison.Ordinal
        );
        Assert.Equal(403, (await browser.PostFormAsync("/ui/login/one", [])).Status);
        await browser.OpenAsync("/ui/login");
        Assert.Equal(403, (await browser.PostFormAsync("/ui/login/one", [], ("Origin", "https://evil.example"))).Status);
        Assert.Equal(404, (await browser.PostFormAsync("/ui/login/three", [])).Status);
    }

    [Fact]
    public async Task AdminClaim_GivesAndTakesTheRole_ButNotFromTheLastAdmin()
    {
        await using var site = await ProviderSite.StartAsync(login => (login["AdminClaim"], login["AdminValue"]) = ("groups", "admins"));
        site.Two.UserInfo = Person("ada", "ada@example.com");
        Assert.Equal(403, await AdminPageAsync());
        site.Two.Claims = claims => claims["groups"] = new JsonArray("staff", "admins");
        Assert.Equal(200, await AdminPageAsync());
        site.Two.Claims = claims => claims["groups"] = new JsonArray("staff");
        Assert.Equal(200, await AdminPageAsync());
        await site.Console.AddPersonAsync("bob", UserRole.Admin);
        Assert.Equal(403, await AdminPageAsync());
        Assert.Equal([UserRole.User, UserRole.Admin], (await site.UsersAsync()).Select(user => user.Role));
        await using var context = site.Console.Store.Open();
        Assert.Equal(2, await context.AuditEvents.CountAsync(row => row.Action == "user.updated" && row.ActorName == "sign-in by two"));

        async Task<int> AdminPageAsync()
        {
            using var browser = site.Console.Open();
            Assert.Equal((303, "/ui/me"), await site.SignInAsync(browser, "two"));
            return (await browser.GetAsync("/ui/admin")).Status;
        }
    }

    private static JsonObject Person(string name, string email) =>
        new()
        {
            ["preferred_username"] = name,
            ["name"] = "Person of the test",
            ["email"] = email,
            ["email_verified"] = true,
        };

    private static string Parameter(string path, string name) => HttpUtility.ParseQueryString(path[path.IndexOf('?')..])[name]!;
}

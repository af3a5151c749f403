using System.Globalization;
using System.Text.Json.Nodes;
using System.Web;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Administration.ExternalApproval;

/// <summary>The sign-in of people without an account: its start, and which answers of a provider become a proof.</summary>
public sealed class ExternalSignInTests
{
    private const string Initiate = "/oauth/device/sso-initiate";

    [Theory]
    [InlineData("/oauth/device")]
    [InlineData("/openapi/v1/oauth/device")]
    public async Task Start_LeadsToTheProvider_WithoutTheCodeInAnAddress(string prefix)
    {
        await using var site = await ApprovalSite.StartAsync();
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();
        browser.Cookies[ApprovalGrants.Cookie] = "former";

        var answer = await browser.GetAsync($"{prefix}/sso-initiate?user_code={started.UserCode.ToLowerInvariant()}&provider=one");

        var query = HttpUtility.ParseQueryString(new Uri(answer.Location!).Query);
        Assert.Equal((303, "no-store"), (answer.Status, answer.Header("Cache-Control")));
        Assert.StartsWith($"{site.One.Issuer}/auth?", answer.Location, StringComparison.Ordinal);
        Assert.Equal(("code", "S256"), (query["response_type"], query["code_challenge_method"]));
        Assert.Equal("https://console.example/oauth/device/sso-complete/one", query["redirect_uri"]);
        Assert.All(["state", "nonce", "code_challenge"], name => Assert.NotEmpty(query[name]!));
        Assert.DoesNotContain(ApprovalGrants.Cookie, browser.Cookies.Keys);
        var seen = string.Join('\n', [answer.Location, .. browser.SetCookies]);
        Assert.DoesNotContain(started.UserCode.Replace("-", "", StringComparison.Ordinal), Plain(seen), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(ApprovalSite.Verified, await ApprovalSite.FollowAsync(browser, site.One.SignIn(answer.Location!)));
    }

    [Fact]
    public async Task Start_RefusesWhatCannotBeDecided()
    {
        await using var site = await ApprovalSite.StartAsync();
        var (pending, decided) = (await site.BeginAsync(), await site.BeginAsync());
        using var proved = await site.ProvedAsync(decided.UserCode);
        await ApprovalSite.DecideAsync(proved, decided.UserCode, "deny");
        using var browser = site.Console.Open();

        foreach (
            var (query, expected) in new[]
            {
                ("", "400 invalid_request"),
                ("?user_code=&provider=one", "400 invalid_request"),
                ($"?user_code={pending.UserCode}&user_code={pending.UserCode}&provider=one", "400 invalid_request"),
                ("?user_code=AAAA-EEEE&provider=one", "400 invalid_user_code"),
                ("?user_code=BBBB-BBBB&provider=one", "404 expired_or_unknown"),
                ($"?user_code={decided.UserCode}&provider=one", "409 user_code_not_pending"),
                ($"?user_code={pending.UserCode}", "400 invalid_request"),
                ($"?user_code={pending.UserCode}&provider=three", "404 not_found"),
                ($"?user_code={pending.UserCode}&provider=corp", "404 not_found"),
            }
        )
        {
            Assert.Equal((query, expected), (query, (await browser.GetAsync(Initiate + query)).Problem));
        }

        site.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("404 expired_or_unknown", (await browser.GetAsync($"{Initiate}?user_code={pending.UserCode}&provider=one")).Problem);
        Assert.Empty(browser.SetCookies);
    }

    [Fact]
    public async Task Start_WithOneProvider_NeedsNoName()
    {
        await using var site = await ApprovalSite.StartAsync(null, "one", "corp");
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();

        Assert.StartsWith(
            $"{site.One.Issuer}/auth?",
            (await browser.GetAsync($"{Initiate}?user_code={started.UserCode}")).Location,
            StringComparison.Ordinal
        );
    }

    /// <summary>Without a provider for people without an account there is nothing here, not even a count.</summary>
    [Fact]
    public async Task Start_WithoutAProvider_IsUnknown_AndUncounted()
    {
        await using var site = await ApprovalSite.StartAsync(null, "corp");
        using var browser = site.Console.Open();

        for (var number = 0; number < 61; number++)
        {
            Assert.Equal("404 not_found", (await browser.GetAsync($"{Initiate}?user_code=BBBB-BBBB")).Problem);
        }

        Assert.Equal("401 no_session", (await browser.GetAsync("/oauth/device/approval-context")).Problem);
        Assert.Equal(ApprovalSite.Failed, await ApprovalSite.FollowAsync(browser, "/oauth/device/sso-complete/corp"));
    }

    [Fact]
    public async Task Start_IsLimitedByAddress()
    {
        await using var site = await ApprovalSite.StartAsync();
        using var browser = site.Console.Open();
        for (var number = 0; number < 60; number++)
        {
            Assert.Equal(404, (await browser.GetAsync($"{Initiate}?user_code=BBBB-BBBB&provider=one")).Status);
        }

        var started = await site.BeginAsync();
        var refused = await browser.GetAsync($"/openapi/v1{Initiate}?user_code={started.UserCode}&provider=one");
        Assert.Equal("429 too_many_requests", refused.Problem);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 3590, 3600);
        site.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(404, (await browser.GetAsync($"{Initiate}?user_code=BBBB-BBBB&provider=one")).Status);
    }

    [Theory]
    [InlineData("Device", "device_flow_off")]
    [InlineData("Auth", "bearer_auth_disabled")]
    public async Task SwitchedOff_NothingBegins(string section, string expected)
    {
        await using var site = await ApprovalSite.StartAsync(settings => settings[section]!["Enabled"] = false);
        using var browser = site.Console.Open();
        WebAnswer[] answers =
        [
            await browser.GetAsync($"{Initiate}?user_code=BBBB-BBBB&provider=one"),
            await browser.GetAsync("/oauth/device/approval-context"),
            await browser.PostJsonAsync("/oauth/device/approve-external", new { user_code = "BBBB-BBBB" }),
            await browser.PostJsonAsync("/oauth/device/deny-external", new { user_code = "BBBB-BBBB" }),
        ];

        Assert.All(answers, answer => Assert.Equal(($"503 {expected}", "60"), (answer.Problem, answer.Header("Retry-After"))));
        Assert.Equal(ApprovalSite.Failed, await ApprovalSite.FollowAsync(browser, "/oauth/device/sso-complete/one"));
    }

    [Fact]
    public async Task ProviderThatIsDown_IsSaid()
    {
        await using var site = await ApprovalSite.StartAsync(settings => settings["Login"]![1]!["Issuer"] = "http://127.0.0.1:9");
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();

        var answer = await browser.GetAsync($"{Initiate}?user_code={started.UserCode}&provider=two");

        Assert.Equal(("503 provider_unavailable", "5"), (answer.Problem, answer.Header("Retry-After")));
    }

    [Fact]
    public async Task Proof_IsACookieOfTheBrowser_WithItsClaims()
    {
        await using var site = await ApprovalSite.StartAsync();
        site.One.UserInfo = ApprovalSite.Email("eve@example.com");
        var started = await site.BeginAsync();
        using var browser = await site.ProvedAsync(started.UserCode);

        var line = Assert.Single(browser.SetCookies, line => line.StartsWith($"{ApprovalGrants.Cookie}=C", StringComparison.Ordinal));
        Assert.All(["; max-age=300", "; path=/;", "; secure", "; httponly", "; samesite=lax"], part =>
            Assert.Contains(part, $"{line};", StringComparison.OrdinalIgnoreCase)
        );
        var proof = site.Open(browser);
        Assert.Equal(
            (site.One.Issuer, "subject-1", "eve@example.com", started.UserCode.Replace("-", "", StringComparison.Ordinal)),
            ((string?)proof["iss"], (string?)proof["sub"], (string?)proof["email"], (string?)proof["user_code"])
        );
        Assert.All(["nonce", "csrf_token"], name => Assert.Equal(22, ((string)proof[name]!).Length));
        Assert.DoesNotContain(browser.Cookies.Keys, name => name.Contains("signin.") || name.Contains("-nonce."));
        using var other = await site.ProvedAsync(started.UserCode);
        Assert.All(["nonce", "csrf_token"], name => Assert.NotEqual((string?)proof[name], (string?)site.Open(other)[name]));
    }

    public static TheoryData<string, Action<JsonObject>, Action<JsonObject>> Faults =>
        new()
        {
            { "nonce of another login", claims => claims["nonce"] = "another", _ => { } },
            { "no nonce", claims => claims.Remove("nonce"), _ => { } },
            { "audience", claims => claims["aud"] = "another", _ => { } },
            { "issuer", claims => claims["iss"] = "https://another.example", _ => { } },
            { "expired", claims => claims["exp"] = 1_700_000_000, _ => { } },
            { "no subject", claims => claims.Remove("sub"), _ => { } },
            { "long subject", claims => claims["sub"] = new string('s', 256), _ => { } },
            { "unprintable subject", claims => claims["sub"] = "a\nb", _ => { } },
            { "unsigned", _ => { }, header => header["alg"] = "none" },
            { "public key as secret", _ => { }, header => header["alg"] = "HS256" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task InvalidToken_ProvesNothing(string fault, Action<JsonObject> claims, Action<JsonObject> header)
    {
        await using var site = await ApprovalSite.StartAsync();
        (site.One.Claims, site.One.Header) = (claims, header);
        if (fault is "long subject" or "unprintable subject")
        {
            site.One.UserInfo["sub"] = fault == "long subject" ? new string('s', 256) : "a\nb";
        }

        using var browser = site.Console.Open();

        await RefusedAsync(browser, site.One.SignIn(await ApprovalSite.InitiateAsync(browser, (await site.BeginAsync()).UserCode)));
    }

    [Fact]
    public async Task UnknownSigningKey_ProvesNothing()
    {
        await using var site = await ApprovalSite.StartAsync();
        var started = await site.BeginAsync();
        using var browser = await site.ProvedAsync(started.UserCode);
        site.One.Key = IssuerKey.NewRsa("provider-2");
        using var later = site.Console.Open();

        await RefusedAsync(later, site.One.SignIn(await ApprovalSite.InitiateAsync(later, started.UserCode)));
    }

    /// <summary>RFC 9700 4.4: an answer of one provider is none of another, and its code never reaches the other.</summary>
    [Fact]
    public async Task MixUp_OfTwoProviders_IsRefused()
    {
        await using var site = await ApprovalSite.StartAsync();
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();
        var one = site.One.SignIn(await ApprovalSite.InitiateAsync(browser, started.UserCode));
        var two = site.Two.SignIn(await ApprovalSite.InitiateAsync(browser, started.UserCode, "two"));

        await RefusedAsync(browser, one.Replace("/one?", "/two?", StringComparison.Ordinal));
        await RefusedAsync(browser, two.Replace(Escaped(site.Two.Issuer), Escaped(site.One.Issuer), StringComparison.Ordinal));
        await RefusedAsync(browser, two[..two.LastIndexOf("&iss=", StringComparison.Ordinal)]);
        Assert.Empty(site.Two.Redeemed);
        await RefusedAsync(browser, "/oauth/device/sso-complete/three");
        await RefusedAsync(browser, "/oauth/device/sso-complete");
        await RefusedAsync(browser, "/oauth/device/sso-complete/one");
        await RefusedAsync(browser, $"/openapi/v1{one}");
        Assert.Empty(site.One.Redeemed);
    }

    /// <summary>Both entries are of one issuer and one client there.</summary>
    [Fact]
    public async Task AnswerForOnePurpose_NeverServesTheOther()
    {
        await using var site = await ApprovalSite.StartAsync();
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();
        await browser.OpenAsync("/ui/login");
        var login = site.One.SignIn((await browser.PostFormAsync("/ui/login/corp", [])).Location!);
        var approval = site.One.SignIn(await ApprovalSite.InitiateAsync(browser, started.UserCode));

        await RefusedAsync(browser, login.Replace("/auth/oidc/corp/callback", "/oauth/device/sso-complete/one", StringComparison.Ordinal));
        var swapped = approval.Replace("/oauth/device/sso-complete/one", "/auth/oidc/corp/callback", StringComparison.Ordinal);
        Assert.Equal(
            "/ui/sign-in-failed?reason=sign_in_failed&provider=corp",
            await ApprovalSite.FollowAsync(browser, new Uri(site.Console.Address, swapped).AbsoluteUri)
        );
        await RefusedAsync(browser, "/oauth/device/sso-complete/corp");
        Assert.Empty(site.One.Redeemed);
        Assert.DoesNotContain("__Host-authsidecar-session", browser.Cookies.Keys);

        // Each at its own place.
        Assert.Equal(ApprovalSite.Verified, await ApprovalSite.FollowAsync(browser, approval));
        Assert.DoesNotContain("__Host-authsidecar-session", browser.Cookies.Keys);
    }

    [Fact]
    public async Task Answer_CountsOnce_InItsBrowser_WhileTheCodeWaits()
    {
        await using var site = await ApprovalSite.StartAsync();
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();
        var callback = site.One.SignIn(await ApprovalSite.InitiateAsync(browser, started.UserCode));
        using var victim = site.Console.Open();
        await RefusedAsync(victim, callback);
        Assert.Empty(site.One.Redeemed);
        var cookies = browser.Cookies.ToList();
        Assert.Equal(ApprovalSite.Verified, await ApprovalSite.FollowAsync(browser, callback));
        using var thief = site.Console.Open();
        cookies.ForEach(cookie => thief.Cookies[cookie.Key] = cookie.Value);
        await RefusedAsync(thief, callback);

        using var late = site.Console.Open();
        var open = site.One.SignIn(await ApprovalSite.InitiateAsync(late, started.UserCode));
        Assert.Equal(200, (await ApprovalSite.DecideAsync(browser, started.UserCode)).Status);
        await RefusedAsync(late, open);
    }

    [Fact]
    public async Task CancelledSignIn_ProvesNothing()
    {
        await using var site = await ApprovalSite.StartAsync();
        using var browser = site.Console.Open();
        var request = await ApprovalSite.InitiateAsync(browser, (await site.BeginAsync()).UserCode);
        var state = HttpUtility.ParseQueryString(new Uri(request).Query)["state"]!;

        await RefusedAsync(
            browser,
            $"/oauth/device/sso-complete/one?error=access_denied&state={Escaped(state)}&iss={Escaped(site.One.Issuer)}"
        );
    }

    [Fact]
    public async Task StoreOutage_ProvesNothing()
    {
        await using var site = await ApprovalSite.StartAsync();
        using var browser = site.Console.Open();
        var callback = site.One.SignIn(await ApprovalSite.InitiateAsync(browser, (await site.BeginAsync()).UserCode));
        await using (var context = site.Console.Store.Open())
        {
            await Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRawAsync(
                context.Database,
                "ALTER TABLE DeviceGrants RENAME TO Away"
            );
        }

        await RefusedAsync(browser, callback);
    }

    [Theory]
    [InlineData("ada@example.com", true, "/device?sso_error=email_belongs_to_account")]
    [InlineData("Ada@EXAMPLE.com", true, "/device?sso_error=email_belongs_to_account")]
    [InlineData("ada@example.com", false, ApprovalSite.Verified)]
    [InlineData("eve@example.com", true, ApprovalSite.Verified)]
    public async Task VerifiedAddressOfAnAccount_IsRefused_AndAnUnverifiedOneIsNone(string email, bool isVerified, string target)
    {
        await using var site = await ApprovalSite.StartAsync();
        await site.Console.AddPersonAsync("ada");
        await site.Console.ChangeUserAsync("ada", user => user.Email = "ada@example.com");
        site.One.UserInfo = ApprovalSite.Email(email, isVerified);
        using var browser = site.Console.Open();

        Assert.Equal(target, await site.SignInAsync(browser, (await site.BeginAsync()).UserCode));

        Assert.Equal(target == ApprovalSite.Verified, browser.Cookies.ContainsKey(ApprovalGrants.Cookie));
        if (target == ApprovalSite.Verified)
        {
            Assert.Equal(isVerified ? email : null, (string?)site.Open(browser)["email"]);
        }
    }

    [Fact]
    public async Task Policy_NamesNoProviderThatNoFormLeadsTo()
    {
        await using var site = await ApprovalSite.StartAsync();
        using var browser = await site.ProvedAsync((await site.BeginAsync()).UserCode, "two");
        var policy = (await browser.GetAsync("/device")).Header("Content-Security-Policy");

        Assert.Contains($"form-action 'self' {site.One.Issuer};", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(site.Two.Issuer, policy, StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(WebBrowser browser, string callback)
    {
        Assert.Equal(ApprovalSite.Failed, await ApprovalSite.FollowAsync(browser, callback));
        Assert.DoesNotContain(ApprovalGrants.Cookie, browser.Cookies.Keys);
    }

    private static string Plain(string text) => text.Replace("-", "", StringComparison.Ordinal);

    private static string Escaped(string text) => Uri.EscapeDataString(text);
}

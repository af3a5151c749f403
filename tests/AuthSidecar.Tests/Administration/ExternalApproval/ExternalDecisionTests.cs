using System.Globalization;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Administration.ExternalApproval;

/// <summary>Facts and decisions by the proof of a browser, over the API.</summary>
public sealed class ExternalDecisionTests : IAsyncLifetime
{
    private const string Approve = "/oauth/device/approve-external";
    private ApprovalSite _site = null!;

    public async Task InitializeAsync() => _site = await ApprovalSite.StartAsync();

    public async Task DisposeAsync() => await _site.DisposeAsync();

    [Theory]
    [InlineData("/oauth/device")]
    [InlineData("/openapi/v1/oauth/device")]
    public async Task Context_HasTheFacts_AndIsIdempotent(string prefix)
    {
        _site.One.UserInfo = ApprovalSite.Email("eve@example.com");
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);

        var answer = await browser.GetAsync($"{prefix}/approval-context");

        Assert.Equal((200, "no-store"), (answer.Status, answer.Header("Cache-Control")));
        Assert.Equal(
            [
                "subject_email",
                "subject_issuer",
                "user_code",
                "csrf_token",
                "expires_at",
                "client_id",
                "client_title",
                "device_label",
                "requester_address",
                "requester_agent",
                "scopes",
            ],
            answer.Json.AsObject().Select(member => member.Key)
        );
        Assert.Equal(
            ("eve@example.com", _site.One.Issuer, started.UserCode, "tool", "The tool", "build-agent", ApprovalSite.Device, "example/1.0"),
            (
                Text("subject_email"),
                Text("subject_issuer"),
                Text("user_code"),
                Text("client_id"),
                Text("client_title"),
                Text("device_label"),
                Text("requester_address"),
                Text("requester_agent")
            )
        );
        Assert.Equal("""["apps:run","apps:read:permitted-external"]""", answer.Json["scopes"]!.ToJsonString());
        Assert.Equal(_site.Time.GetUtcNow().AddMinutes(5), (DateTimeOffset)answer.Json["expires_at"]!);
        Assert.Equal(answer.Text, (await browser.GetAsync($"{prefix}/approval-context")).Text);

        string? Text(string name) => (string?)answer.Json[name];
    }

    [Theory]
    [InlineData("approve", "approved")]
    [InlineData("deny", "denied")]
    public async Task Decision_CountsOnce_AndClearsTheCookie(string verb, string status)
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        var cookie = browser.Cookies[ApprovalGrants.Cookie];

        var answer = await ApprovalSite.DecideAsync(browser, started.UserCode.ToLowerInvariant(), verb);

        Assert.Equal((200, $$"""{"status":"{{status}}"}""", "no-store"), (answer.Status, answer.Text, answer.Header("Cache-Control")));
        Assert.DoesNotContain(ApprovalGrants.Cookie, browser.Cookies.Keys);
        var polled = await _site.PollAsync(started);
        Assert.Equal(verb == "approve" ? "200 " : "400 access_denied", polled.Status == 200 ? "200 " : polled.Problem);

        // A copy of the cookie decides nothing again.
        browser.Cookies[ApprovalGrants.Cookie] = cookie;
        const string expected = "409 user_code_not_pending";
        Assert.Equal(expected, (await browser.PostJsonAsync(Approve, new { user_code = started.UserCode })).Problem);
        Assert.Equal(expected, (await browser.GetAsync("/oauth/device/approval-context")).Problem);
    }

    [Fact]
    public async Task Refusals_ComeInOrder_AndKeepTheCookie()
    {
        _site.One.UserInfo = ApprovalSite.Email("eve@example.com");
        var (started, other) = (await _site.BeginAsync(), await _site.BeginAsync("another"));
        using var stranger = _site.Console.Open();
        Assert.Equal("401 invalid_session", (await stranger.PostJsonAsync(Approve, new { })).Problem);
        using var browser = await _site.ProvedAsync(started.UserCode);
        var token = (string)(await browser.GetAsync("/oauth/device/approval-context")).Json["csrf_token"]!;

        Assert.Equal("403 csrf_mismatch", (await browser.PostJsonAsync(Approve, new { user_code = started.UserCode })).Problem);
        browser.Token = token[..^1] + (token[^1] == 'A' ? 'B' : 'A');
        Assert.Equal("403 csrf_mismatch", (await browser.PostJsonAsync(Approve, new { user_code = other.UserCode })).Problem);
        browser.Token = token;
        Assert.Equal("400 invalid_request", (await browser.PostJsonAsync(Approve, new { })).Problem);
        Assert.Equal("400 user_code_mismatch", (await browser.PostJsonAsync(Approve, new { user_code = other.UserCode })).Problem);
        Assert.Equal("400 user_code_mismatch", (await browser.PostJsonAsync(Approve, new { user_code = "AAAA" })).Problem);
        var elsewhere = ("Origin", "https://evil.example");
        Assert.Equal("403 csrf_failed", (await browser.PostJsonAsync(Approve, new { user_code = started.UserCode }, elsewhere)).Problem);

        await _site.Console.AddPersonAsync("eve");
        await _site.Console.ChangeUserAsync("eve", user => user.Email = "eve@example.com");
        Assert.Equal("403 email_belongs_to_account", (await browser.PostJsonAsync(Approve, new { user_code = started.UserCode })).Problem);
        await _site.Console.ChangeUserAsync("eve", user => user.Email = null);
        Assert.Contains(ApprovalGrants.Cookie, browser.Cookies.Keys);
        Assert.Equal(200, (await browser.PostJsonAsync(Approve, new { user_code = started.UserCode })).Status);
        Assert.Equal("subject-1", Assert.Single(await _site.KeysAsync()).ExternalSubject);
    }

    [Fact]
    public async Task ProofOfOneDevice_DecidesOnNoOther()
    {
        var (own, other) = (await _site.BeginAsync(), await _site.BeginAsync("another"));
        using var browser = await _site.ProvedAsync(own.UserCode);
        using var second = await _site.ProvedAsync(other.UserCode);
        var token = (string?)(await browser.GetAsync("/oauth/device/approval-context")).Json["csrf_token"];

        // Stolen into another browser, with that browser's token.
        second.Cookies[ApprovalGrants.Cookie] = browser.Cookies[ApprovalGrants.Cookie];
        second.Token = "x";
        Assert.Equal("403 csrf_mismatch", (await second.PostJsonAsync(Approve, new { user_code = other.UserCode })).Problem);
        second.Token = token;
        Assert.Equal("400 user_code_mismatch", (await second.PostJsonAsync(Approve, new { user_code = other.UserCode })).Problem);
        Assert.Empty(await _site.KeysAsync());
    }

    [Theory]
    [InlineData("iss")]
    [InlineData("sub")]
    [InlineData("email")]
    [InlineData("user_code")]
    [InlineData("nonce")]
    [InlineData("csrf_token")]
    [InlineData("exp")]
    public async Task MissingClaim_IsNoProof(string claim)
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        var proof = _site.Open(browser);
        _site.Replace(browser, proof);
        Assert.Equal(200, (await browser.GetAsync("/oauth/device/approval-context")).Status);

        var without = proof.DeepClone().AsObject();
        without.Remove(claim);
        _site.Replace(browser, without);
        await NoProofAsync(browser, started.UserCode);
        if (claim is not "email")
        {
            var empty = proof.DeepClone().AsObject();
            empty[claim] = claim == "exp" ? null : "";
            _site.Replace(browser, empty);
            await NoProofAsync(browser, started.UserCode);
        }

        Assert.Equal(GrantStatus.Pending, await _site.StatusAsync());
    }

    [Fact]
    public async Task TamperedForeignOrExpiredCookie_IsNoProof()
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        var cookie = browser.Cookies[ApprovalGrants.Cookie];
        var foreign = _site.Open(browser);
        foreign["iss"] = "https://another.example";
        _site.Replace(browser, foreign);
        var ofOther = browser.Cookies[ApprovalGrants.Cookie];
        await browser.OpenAsync("/device");
        await browser.PostFormAsync("/device", new() { ["user_code"] = started.UserCode });

        foreach (
            var wrong in new[]
            {
                $"{cookie[..^2]}{(cookie[^2] == 'A' ? 'B' : 'A')}{cookie[^1]}",
                cookie[..40],
                "x",
                _site.Open(browser).ToJsonString(),
                browser.Cookies["__Host-authsidecar-device"],
                ofOther,
            }
        )
        {
            browser.Cookies[ApprovalGrants.Cookie] = wrong;
            await NoProofAsync(browser, started.UserCode);
            browser.Cookies[ApprovalGrants.Cookie] = ofOther;
        }

        browser.Cookies[ApprovalGrants.Cookie] = cookie;
        _site.Time.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal(200, (await browser.GetAsync("/oauth/device/approval-context")).Status);
        _site.Time.Advance(TimeSpan.FromSeconds(1));
        await NoProofAsync(browser, started.UserCode);
        Assert.Equal(GrantStatus.Pending, await _site.StatusAsync());
    }

    /// <summary>A replica may have used the proof, while this one still finds the code undecided.</summary>
    [Theory]
    [InlineData("approve")]
    [InlineData("deny")]
    public async Task ProofUsedElsewhere_IsRefused(string verb)
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        var nonce = (string)_site.Open(browser)["nonce"]!;
        var hash = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(nonce));
        await using (var context = _site.Console.Store.Open())
        {
            context.IdempotencyKeys.Add(
                new()
                {
                    Caller = "device-approval",
                    Key = Convert.ToHexString(hash),
                    RequestHash = hash,
                    CreatedAt = _site.Time.GetUtcNow(),
                }
            );
            await context.SaveChangesAsync();
        }

        Assert.Equal("401 session_already_consumed", (await ApprovalSite.DecideAsync(browser, started.UserCode, verb)).Problem);
        Assert.Contains(ApprovalGrants.Cookie, browser.Cookies.Keys);
        Assert.Equal((GrantStatus.Pending, 0), (await _site.StatusAsync(), (await _site.KeysAsync()).Count));
    }

    [Fact]
    public async Task ParallelDecisions_OfOneProof_AreOne()
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        browser.Token = (string?)(await browser.GetAsync("/oauth/device/approval-context")).Json["csrf_token"];
        using var copy = _site.Console.Open();
        (copy.Cookies[ApprovalGrants.Cookie], copy.Token) = (browser.Cookies[ApprovalGrants.Cookie], browser.Token);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(number => (number % 2 == 0 ? browser : copy).PostJsonAsync(Approve, new { user_code = started.UserCode }))
        );

        var problems = answers.Where(answer => answer.Status != 200).Select(answer => answer.Problem).ToList();
        Assert.Equal(7, problems.Count);
        Assert.All(problems, problem =>
            Assert.Contains(problem, new[] { "401 session_already_consumed", "409 user_code_not_pending", "401 invalid_session" })
        );
        Assert.Single(await _site.KeysAsync());
    }

    /// <summary>The limit is the person's, in whatever browser and for whatever device.</summary>
    [Fact]
    public async Task Decisions_AreLimitedByPerson()
    {
        var started = await _site.BeginAsync();
        using var first = await _site.ProvedAsync(started.UserCode);
        using var second = await _site.ProvedAsync(started.UserCode);
        for (var number = 0; number < 10; number++)
        {
            Assert.Equal(403, (await (number % 2 == 0 ? first : second).PostJsonAsync(Approve, new { })).Status);
        }

        var refused = await ApprovalSite.DecideAsync(first, started.UserCode);
        Assert.Equal("429 too_many_requests", refused.Problem);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 3590, 3600);
        Assert.Contains(ApprovalGrants.Cookie, first.Cookies.Keys);
        using var other = await _site.ProvedAsync(started.UserCode, "two");
        Assert.Equal(200, (await ApprovalSite.DecideAsync(other, started.UserCode)).Status);
    }

    [Fact]
    public async Task WhereNetworksMustAgree_ADeviceElsewhere_IsRefused_AndTheProofStaysUnused()
    {
        await using var strict = await ApprovalSite.StartAsync(settings => settings["Device"]!["SameNetwork"] = "require");
        var started = await strict.BeginAsync();
        using var browser = await strict.ProvedAsync(started.UserCode);

        Assert.Equal("403 other_network", (await ApprovalSite.DecideAsync(browser, started.UserCode)).Problem);
        Assert.Equal("403 other_network", (await ApprovalSite.DecideAsync(browser, started.UserCode)).Problem);
        Assert.Equal(200, (await ApprovalSite.DecideAsync(browser, started.UserCode, "deny")).Status);
        var near = await strict.BeginAsync(address: "127.0.0.9");
        using var close = await strict.ProvedAsync(near.UserCode);
        Assert.Equal(200, (await ApprovalSite.DecideAsync(close, near.UserCode)).Status);
    }

    /// <summary>A session of the console has no authority here, nor the proof there.</summary>
    [Fact]
    public async Task AccountsAndProofs_AreApart()
    {
        await _site.Console.AddPersonAsync("ada");
        var started = await _site.BeginAsync();
        using var ada = await _site.Console.LoggedInAsync("ada");
        using var browser = await _site.ProvedAsync(started.UserCode);

        Assert.Equal("401 invalid_session", (await ada.PostJsonAsync(Approve, new { user_code = started.UserCode })).Problem);
        browser.Token = (string?)(await browser.GetAsync("/oauth/device/approval-context")).Json["csrf_token"];
        Assert.Equal(401, (await browser.PostJsonAsync("/oauth/device/approve", new { user_code = started.UserCode })).Status);
        Assert.Equal(401, (await browser.GetAsync("/api/me")).Status);
        Assert.Equal(GrantStatus.Pending, await _site.StatusAsync());
    }

    private static async Task NoProofAsync(WebBrowser browser, string code)
    {
        Assert.Equal("401 no_session", (await browser.GetAsync("/oauth/device/approval-context")).Problem);
        foreach (var verb in new[] { "approve", "deny" })
        {
            var answer = await browser.PostJsonAsync($"/openapi/v1/oauth/device/{verb}-external", new { user_code = code });
            Assert.Equal("401 invalid_session", answer.Problem);
        }
    }
}

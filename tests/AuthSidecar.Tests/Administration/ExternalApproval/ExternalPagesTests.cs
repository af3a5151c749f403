using System.Net;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Administration.ExternalApproval;

/// <summary>The pages under /device for people without an account.</summary>
public sealed partial class ExternalPagesTests : IAsyncLifetime
{
    private const string Approve = "/device/approve-external";
    private const string Done = "/device/done-external";
    private const string Expired = "Your sign-in has expired";
    private ApprovalSite _site = null!;

    public async Task InitializeAsync()
    {
        _site = await ApprovalSite.StartAsync();
        _site.One.UserInfo = ApprovalSite.Email("eve@example.com");
    }

    public async Task DisposeAsync() => await _site.DisposeAsync();

    [Fact]
    public async Task WholeWay_FromTheCode_NeverHasTheCodeInAnAddress()
    {
        var started = await _site.BeginAsync();
        using var browser = _site.Console.Open();
        await browser.OpenAsync("/device");
        var entered = await browser.PostFormAsync("/device", new() { ["user_code"] = started.UserCode });
        Assert.Equal("/device/sign-in", entered.Location);
        var chooser = await browser.GetAsync("/device/sign-in");
        Assert.Contains("href=\"/device/sign-in/one\"", chooser.Text, StringComparison.Ordinal);
        Assert.Contains("Sign in with Provider two", chooser.Text, StringComparison.Ordinal);
        Assert.Contains("You have no account in this console, but one at Provider one.", chooser.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/device/sign-in/corp", chooser.Text, StringComparison.Ordinal);

        var away = await browser.GetAsync("/device/sign-in/one");
        Assert.Equal(303, away.Status);
        var back = await ApprovalSite.FollowAsync(browser, _site.One.SignIn(away.Location!));
        var verified = await browser.GetAsync(back!);
        Assert.Equal((ApprovalSite.Verified, 303, Approve), (back, verified.Status, verified.Location));

        _site.Time.Advance(TimeSpan.FromMinutes(2));
        var page = await browser.OpenAsync(Approve);
        var text = WebUtility.HtmlDecode(Tag().Replace(page.Text, " "));
        foreach (
            var fact in new[]
            {
                started.UserCode,
                "The tool",
                "build-agent",
                ApprovalSite.Device,
                "example/1.0",
                "2 minutes ago",
                "in 13 minutes",
                "apps:run and apps:read:permitted-external",
                "14 days, or until you revoke it",
                "eve@example.com (Provider one)",
                "The device is in another network than you.",
                "if you did not start this, deny",
            }
        )
        {
            Assert.Contains(fact, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("llm:invoke", text, StringComparison.Ordinal);
        Assert.DoesNotContain("See your usage.", text, StringComparison.Ordinal);
        Assert.Equal(
            [("button", "deny"), ("button", "approve")],
            DecisionButton().Matches(page.Text).Select(match => (match.Groups[1].Value, match.Groups[2].Value))
        );
        Assert.Equal("no-referrer", page.Header("Referrer-Policy"));
        Assert.Contains("no-store", page.Header("Cache-Control"), StringComparison.Ordinal);
        var decided = await DecideAsync(browser, page, "approve");
        Assert.Equal((303, Done), (decided.Status, decided.Location));
        Assert.DoesNotContain(ApprovalGrants.Cookie, browser.Cookies.Keys);
        var addresses = string.Join(' ', [away.Location, back, verified.Location, decided.Location, .. browser.SetCookies]);
        Assert.DoesNotContain(started.UserCode, addresses, StringComparison.Ordinal);
        Assert.Equal(200, (await _site.PollAsync(started)).Status);
    }

    [Fact]
    public async Task Approved_IsRevokedAgain_InThisBrowserOnly()
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        await DecideAsync(browser, await browser.OpenAsync(Approve), "approve");
        var token = (string)(await _site.PollAsync(started)).Json["token"]!;
        using var stranger = _site.Console.Open();
        Assert.Equal("/device", (await stranger.GetAsync(Done)).Location);
        await stranger.OpenAsync("/device");
        Assert.Equal("/device", (await stranger.PostFormAsync(Done, [])).Location);

        var done = await browser.OpenAsync(Done);
        Assert.Contains("“build-agent” has access", WebUtility.HtmlDecode(done.Text), StringComparison.Ordinal);
        Assert.DoesNotContain("/ui/me/devices", done.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token, done.Text, StringComparison.Ordinal);
        Assert.Equal(403, (await browser.PostFormAsync(Done, new() { ["csrf_token"] = "" })).Status);
        Assert.Null(Assert.Single(await _site.KeysAsync()).RevokedAt);
        Assert.Equal(Done, (await browser.PostFormAsync(Done, [])).Location);

        Assert.Contains("has no access any more", (await browser.GetAsync(Done)).Text, StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(await _site.KeysAsync()).RevokedAt);
        var row = Assert.Single(await _site.AuditAsync("key.revoked"));
        Assert.Equal(($"{_site.One.Issuer}|subject-1", "127.0.0.1"), (row.ActorId, row.Address));
        Assert.Equal(401, (await browser.GetAsync("/api/key", ("Authorization", $"Bearer {token}"))).Status);
    }

    [Fact]
    public async Task ResultOfAnAccount_IsNoneOfAProof_AndTheOtherWayRound()
    {
        await _site.Console.AddPersonAsync("ada");
        var started = await _site.BeginAsync();
        using var ada = await _site.Console.LoggedInAsync("ada");
        await ada.OpenAsync("/device");
        await ada.PostFormAsync("/device", new() { ["user_code"] = started.UserCode });
        await DecideAsync(ada, await ada.OpenAsync("/device/approve"), "approve", "/device/approve");
        Assert.Equal("/device", (await ada.GetAsync(Done)).Location);
        await ada.OpenAsync("/device/done");
        Assert.Equal("/device", (await ada.PostFormAsync(Done, [])).Location);
        Assert.Null(Assert.Single(await _site.KeysAsync()).RevokedAt);

        var second = await _site.BeginAsync();
        Assert.Equal(ApprovalSite.Verified, await _site.SignInAsync(ada, second.UserCode));
        await DecideAsync(ada, await ada.OpenAsync(Approve), "approve");
        Assert.Equal(200, (await ada.OpenAsync(Done)).Status);
        Assert.Equal("/device", (await ada.GetAsync("/device/done")).Location);
    }

    [Fact]
    public async Task Denied_GivesNothing()
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        await DecideAsync(browser, await browser.OpenAsync(Approve), "deny");

        var done = await browser.GetAsync(Done);
        Assert.Contains("“build-agent” was denied", WebUtility.HtmlDecode(done.Text), StringComparison.Ordinal);
        Assert.DoesNotContain("Revoke it again", done.Text, StringComparison.Ordinal);
        Assert.Equal("400 access_denied", (await _site.PollAsync(started)).Problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Approve")]
    [InlineData("yes")]
    public async Task OnlyTheOneWord_Approves(string decision)
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        await DecideAsync(browser, await browser.OpenAsync(Approve), decision);

        Assert.Equal(GrantStatus.Denied, await _site.StatusAsync());
    }

    [Fact]
    public async Task WithoutAProof_EveryPage_BeginsAnew()
    {
        using var browser = _site.Console.Open();
        var start = await browser.OpenAsync(ApprovalSite.Verified);
        Assert.Equal(200, start.Status);
        Assert.Contains("Connect a device", start.Text, StringComparison.Ordinal);
        foreach (var path in new[] { Approve, Done, "/device/sign-in/one" })
        {
            Assert.Equal((path, "/device"), (path, (await browser.GetAsync(path)).Location));
        }

        Assert.Equal(404, (await browser.GetAsync("/device/sign-in/corp")).Status);
        var sent = await browser.PostFormAsync(Approve, new() { ["grant"] = "x", ["decision"] = "approve" });
        Assert.Equal(403, sent.Status);
        Assert.Contains(Expired, sent.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForgedForms_DecideNothing()
    {
        var (started, other) = (await _site.BeginAsync(), await _site.BeginAsync("another"));
        using var browser = await _site.ProvedAsync(started.UserCode);
        var form = Ticket(await browser.OpenAsync(Approve));
        var approval = new Dictionary<string, string> { ["grant"] = form, ["decision"] = "approve" };

        Assert.Equal(403, (await browser.PostFormAsync(Approve, new(approval) { ["csrf_token"] = "" })).Status);
        Assert.Equal(403, (await browser.PostFormAsync(Approve, approval, ("Origin", "https://evil.example"))).Status);

        // A link of another site began a sign-in for another device: the open page does not decide on it.
        Assert.Equal(ApprovalSite.Verified, await _site.SignInAsync(browser, other.UserCode));
        foreach (var forged in new[] { "", form, $"{form}x", started.UserCode, other.UserCode })
        {
            var answer = await browser.PostFormAsync(Approve, new(approval) { ["grant"] = forged });
            Assert.Equal(403, answer.Status);
            Assert.Contains(Expired, answer.Text, StringComparison.Ordinal);
        }

        Assert.Empty(await _site.KeysAsync());
    }

    [Fact]
    public async Task ExpiredDecidedAndLimited_HaveTheirTexts()
    {
        var started = await _site.BeginAsync();
        using var browser = await _site.ProvedAsync(started.UserCode);
        using var second = await _site.ProvedAsync(started.UserCode);
        var open = await second.OpenAsync(Approve);
        await DecideAsync(browser, await browser.OpenAsync(Approve), "approve");

        var late = await DecideAsync(second, open, "approve");
        var shown = await second.GetAsync(Approve);
        using var visitor = _site.Console.Open();
        await visitor.OpenAsync("/device");
        var entered = await visitor.PostFormAsync("/device", new() { ["user_code"] = started.UserCode });
        Assert.Equal((409, 409, 409), (late.Status, shown.Status, entered.Status));
        Assert.All([late, shown, entered], page =>
        {
            Assert.Contains("This request was already decided", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("/ui/me/devices", page.Text, StringComparison.Ordinal);
        });

        var next = await _site.BeginAsync();
        using var slow = await _site.ProvedAsync(next.UserCode);
        var old = await slow.OpenAsync(Approve);
        _site.Time.Advance(TimeSpan.FromMinutes(5));
        var expired = await DecideAsync(slow, old, "approve");
        Assert.Equal(403, expired.Status);
        Assert.Contains(Expired, expired.Text, StringComparison.Ordinal);

        using var limited = await _site.ProvedAsync(next.UserCode);
        for (var number = 0; number < 8; number++)
        {
            Assert.Equal(403, (await limited.PostFormAsync("/oauth/device/approve-external", [])).Status);
        }

        var refused = await DecideAsync(limited, await limited.OpenAsync(Approve), "approve");
        Assert.Equal(429, refused.Status);
        Assert.Contains("Too many attempts", refused.Text, StringComparison.Ordinal);
        Assert.NotNull(refused.Header("Retry-After"));
    }

    [Fact]
    public async Task CodeThatEnded_AndProviderThatIsDown_HaveTheirTexts()
    {
        await using var site = await ApprovalSite.StartAsync(settings => settings["Login"]![1]!["Issuer"] = "http://127.0.0.1:9");
        var started = await site.BeginAsync();
        using var browser = site.Console.Open();
        await browser.OpenAsync("/device");
        await browser.PostFormAsync("/device", new() { ["user_code"] = started.UserCode });

        var down = await browser.GetAsync("/device/sign-in/two");
        Assert.Equal((503, "5"), (down.Status, down.Header("Retry-After")));
        Assert.Contains("The sign-in provider does not answer right now", down.Text, StringComparison.Ordinal);
        site.Time.Advance(TimeSpan.FromMinutes(14));
        using var late = await site.ProvedAsync(started.UserCode);
        site.Time.Advance(TimeSpan.FromMinutes(1));
        var ended = await late.GetAsync(Approve);
        Assert.Equal(404, ended.Status);
        Assert.Contains("This code is unknown or has expired", ended.Text, StringComparison.Ordinal);
        Assert.Equal(404, (await browser.GetAsync("/device/sign-in/one")).Status);
    }

    [Fact]
    public async Task WhereNetworksMustAgree_TheRequestCanStillBeDenied()
    {
        await using var strict = await ApprovalSite.StartAsync(settings => settings["Device"]!["SameNetwork"] = "require");
        var started = await strict.BeginAsync();
        using var browser = await strict.ProvedAsync(started.UserCode);

        var refused = await DecideAsync(browser, await browser.OpenAsync(Approve), "approve");
        Assert.Equal(403, refused.Status);
        Assert.Contains("This device is in another network", refused.Text, StringComparison.Ordinal);
        Assert.Contains($"href=\"{Approve}\"", refused.Text, StringComparison.Ordinal);
        Assert.Equal(Done, (await DecideAsync(browser, await browser.OpenAsync(Approve), "deny")).Location);
    }

    /// <summary>A person without an address is shown by the subject.</summary>
    [Fact]
    public async Task UnverifiedAddress_IsNotShown()
    {
        _site.One.UserInfo = ApprovalSite.Email("ada@example.com", isVerified: false);
        using var browser = await _site.ProvedAsync((await _site.BeginAsync()).UserCode);

        var page = await browser.GetAsync(Approve);

        Assert.Contains("subject-1 (Provider one)", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@example.com", page.Text, StringComparison.Ordinal);
    }

    private static Task<WebAnswer> DecideAsync(WebBrowser browser, WebAnswer page, string decision, string path = Approve) =>
        browser.PostFormAsync(path, new() { ["grant"] = Ticket(page), ["decision"] = decision });

    private static string Ticket(WebAnswer page) => TicketField().Match(page.Text).Groups[1].Value;

    [GeneratedRegex("name=\"grant\" value=\"([^\"]+)\"")]
    private static partial Regex TicketField();

    [GeneratedRegex("<button class=\"([^\"]*)\" name=\"decision\" value=\"([^\"]*)\"")]
    private static partial Regex DecisionButton();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();
}

using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Pages;

/// <summary>The pages under /device, over HTTP.</summary>
public sealed partial class DevicePagesTests : IAsyncLifetime
{
    private const string Unknown = "This code is unknown or has expired";
    private const string Client = "example-cli";

    // Whole seconds: remaining minutes are rounded down.
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
    private ConsoleHost _console = null!;

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync(settings => Configure(settings), _time);
        await _console.AddPersonAsync("alice");
        await _console.AddPersonAsync("bob");
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Theory]
    [InlineData("{0}-{1}")]
    [InlineData("{0}{1}")]
    [InlineData(" {0} {1} ")]
    [InlineData("{0}–{1}")]
    public async Task Code_InAnySpelling_LeadsToItsRequest(string spelling)
    {
        var started = await StartAsync();
        var halves = started.UserCode.ToLowerInvariant().Split('-');
        using var alice = await _console.LoggedInAsync("alice");

        var entered = await EnterAsync(alice, string.Format(null, spelling, halves[0], halves[1]));

        Assert.Equal((303, "/device/approve"), Redirect(entered));
        Assert.Contains(started.UserCode, (await alice.GetAsync("/device/approve")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Link_ShowsTheCode_UnderAnAddressWithoutIt()
    {
        var started = await StartAsync();
        using var browser = _console.Open();
        Assert.Equal((303, "/device"), Redirect(await browser.GetAsync($"/device?user_code={started.UserCode.ToLowerInvariant()}")));
        var page = await browser.OpenAsync("/device");
        Assert.Contains("Compare the code first.", page.Text, StringComparison.Ordinal);
        Assert.Contains($"value=\"{started.UserCode}\"", page.Text, StringComparison.Ordinal);
        Assert.Contains("action=\"/device\"", page.Text, StringComparison.Ordinal);

        var locations = new List<string?> { (await browser.PostFormAsync("/device", new() { ["user_code"] = started.UserCode })).Location };
        Assert.DoesNotContain("Compare the code first.", (await browser.GetAsync("/device")).Text, StringComparison.Ordinal);
        locations.Add((await browser.GetAsync("/device/sign-in")).Location);
        locations.Add((await browser.GetAsync("/device/approve")).Location);
        await browser.OpenAsync(locations[0]!);
        locations.Add((await LogInAsync(browser, "alice", "/device/approve")).Location);
        var approve = await browser.OpenAsync("/device/approve");
        locations.Add((await DecideAsync(browser, approve, "approve")).Location);

        Assert.Equal(
            [
                "/ui/login?return=%2Fdevice%2Fapprove",
                "/ui/login?return=%2Fdevice%2Fapprove",
                "/ui/login?return=%2Fdevice%2Fapprove",
                "/device/approve",
                "/device/done",
            ],
            locations
        );
        var stored = string.Join('\n', browser.SetCookies);
        Assert.DoesNotContain(started.UserCode, stored, StringComparison.Ordinal);
        Assert.DoesNotContain(started.UserCode.Replace("-", "", StringComparison.Ordinal), stored, StringComparison.Ordinal);
        Assert.All(browser.SetCookies.Where(line => line.Contains("-device", StringComparison.Ordinal)), line =>
            Assert.Matches("^__Host-.*(?=.*secure)(?=.*httponly)(?=.*samesite=lax)(?=.*path=/(;|$))", line)
        );
    }

    [Fact]
    public async Task Approval_ShowsWhatIsApproved_DenyBeforeApprove_AndAlike()
    {
        var started = await StartAsync();
        _time.Advance(TimeSpan.FromMinutes(2));
        using var alice = await _console.LoggedInAsync("alice");
        await EnterAsync(alice, started.UserCode);

        var page = await alice.OpenAsync("/device/approve");

        var text = WebUtility.HtmlDecode(Tag().Replace(page.Text, " "));
        foreach (
            var fact in new[]
            {
                started.UserCode,
                "Example command line",
                Client,
                "build-agent",
                "203.0.113.9",
                "example/1.0",
                "2 minutes ago",
                "in 13 minutes",
                "the right llm:invoke",
                "14 days, or until you revoke it",
                "alice",
                "The device is in another network than you.",
                "if you did not start this, deny",
            }
        )
        {
            Assert.Contains(fact, text, StringComparison.Ordinal);
        }

        var buttons = DecisionButton().Matches(page.Text).Select(match => (match.Groups[1].Value, match.Groups[2].Value)).ToList();
        Assert.Equal([("button", "deny"), ("button", "approve")], buttons);
        Assert.Equal("no-referrer", page.Header("Referrer-Policy"));
        Assert.Contains("no-store", page.Header("Cache-Control"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeviceInTheNetworkOfTheBrowser_HasNoWarning()
    {
        var started = await StartAsync("127.0.0.99");
        using var alice = await _console.LoggedInAsync("alice");
        await EnterAsync(alice, started.UserCode);

        Assert.DoesNotContain("another network", (await alice.GetAsync("/device/approve")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approved_IsCollected_AndRevokedAgain()
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        Assert.Equal((303, "/device/done"), Redirect(await DecideAsync(alice, started.UserCode, "approve")));
        var token = await CollectAsync(started);
        Assert.Equal(CollectedKind.Token, token.Kind);

        var done = await alice.OpenAsync("/device/done");
        Assert.Contains("“build-agent” has access", WebUtility.HtmlDecode(done.Text), StringComparison.Ordinal);
        Assert.Contains("Revoke it again", done.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Token!.Token, done.Text, StringComparison.Ordinal);
        Assert.Equal((303, "/device/done"), Redirect(await alice.PostFormAsync("/device/done", [])));

        Assert.Contains("has no access any more", (await alice.GetAsync("/device/done")).Text, StringComparison.Ordinal);
        Assert.NotNull((await KeyAsync(token.Token.Key.Id)).RevokedAt);
    }

    [Fact]
    public async Task RevokedBeforeTheDeviceCollects_GivesNoTokenInForce()
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        await DecideAsync(alice, started.UserCode, "approve");
        await alice.OpenAsync("/device/done");
        await alice.PostFormAsync("/device/done", []);

        Assert.NotEqual(CollectedKind.Token, (await CollectAsync(started)).Kind);
        await using var context = _console.Store.Open();
        Assert.All(await context.ApiKeys.ToListAsync(), key => Assert.NotNull(key.RevokedAt));
    }

    [Fact]
    public async Task Denied_GivesNothing()
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        Assert.Equal((303, "/device/done"), Redirect(await DecideAsync(alice, started.UserCode, "deny")));

        var done = await alice.GetAsync("/device/done");
        Assert.Contains("“build-agent” was denied", WebUtility.HtmlDecode(done.Text), StringComparison.Ordinal);
        Assert.DoesNotContain("Revoke it again", done.Text, StringComparison.Ordinal);
        Assert.Equal(CollectedKind.Denied, (await CollectAsync(started)).Kind);
    }

    [Fact]
    public async Task UnknownAndExpired_HaveOneText()
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        await EnterAsync(alice, started.UserCode);
        _time.Advance(TimeSpan.FromMinutes(16));
        var shown = await alice.GetAsync("/device/approve");
        var expired = await EnterAsync(alice, started.UserCode);
        var unknown = await EnterAsync(alice, "BBBB-BBBB");

        Assert.Equal((404, 404, 404), (shown.Status, expired.Status, unknown.Status));
        Assert.All([shown, expired, unknown], page => Assert.Contains(Unknown, page.Text, StringComparison.Ordinal));
        Assert.All([shown, expired, unknown], page => Assert.Contains("Start again on your device", page.Text, StringComparison.Ordinal));
        Assert.Equal(Plain(expired, started.UserCode), Plain(unknown, "BBBB-BBBB"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("BCDF")]
    [InlineData("AAAA-EEEE")]
    [InlineData("BCDF-GHJK-LMNP")]
    public async Task WhatIsNoCode_IsAnErrorOfTheField(string typed)
    {
        using var browser = _console.Open();
        var page = await EnterAsync(browser, typed);

        Assert.Equal(400, page.Status);
        Assert.Contains("A code has eight letters and digits", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Unknown, page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecidedRequest_SaysSo_AtEachStep()
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        using var bob = await _console.LoggedInAsync("bob");
        await EnterAsync(alice, started.UserCode);
        var open = await alice.OpenAsync("/device/approve");
        await DecideAsync(bob, started.UserCode, "deny");

        var late = await DecideAsync(alice, open, "approve");
        var shown = await alice.GetAsync("/device/approve");
        var entered = await EnterAsync(alice, started.UserCode);

        Assert.Equal((409, 409, 409), (late.Status, shown.Status, entered.Status));
        Assert.All([late, shown, entered], page =>
            Assert.Contains("This request was already decided", page.Text, StringComparison.Ordinal)
        );
        Assert.Equal(CollectedKind.Denied, (await CollectAsync(started)).Kind);
    }

    [Fact]
    public async Task ManyWrongCodes_AreLimited_WithATime()
    {
        using var alice = await _console.LoggedInAsync("alice");
        for (var guess = 0; guess < 10; guess++)
        {
            Assert.Equal(404, (await EnterAsync(alice, $"BBBB-BBB{"BCDFGHJKLM"[guess]}")).Status);
        }

        var started = await StartAsync();
        var limited = await EnterAsync(alice, started.UserCode);

        Assert.Equal(429, limited.Status);
        Assert.Contains("Too many attempts", limited.Text, StringComparison.Ordinal);
        Assert.InRange(int.Parse(limited.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 3600);
        using var bob = await _console.LoggedInAsync("bob");
        Assert.Equal(303, (await EnterAsync(bob, started.UserCode)).Status);
    }

    [Fact]
    public async Task ManyDecisions_AreLimited()
    {
        using var alice = await _console.LoggedInAsync("alice");
        for (var count = 0; count < 10; count++)
        {
            Assert.Equal(303, (await DecideAsync(alice, (await StartAsync()).UserCode, "deny")).Status);
        }

        Assert.Equal(429, (await EnterAsync(alice, (await StartAsync()).UserCode)).Status);
    }

    [Fact]
    public async Task Form_DecidesOnTheRequestThatItsPageShowed()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        using var alice = await _console.LoggedInAsync("alice");
        await EnterAsync(alice, first.UserCode);
        var open = await alice.OpenAsync("/device/approve");
        await EnterAsync(alice, second.UserCode);

        await alice.OpenAsync("/device/approve");
        await DecideAsync(alice, open, "approve");

        Assert.Equal(CollectedKind.Token, (await CollectAsync(first)).Kind);
        Assert.Equal(CollectedKind.Pending, (await CollectAsync(second)).Kind);
    }

    [Fact]
    public async Task ForgedForms_DecideNothing()
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        using var bob = await _console.LoggedInAsync("bob");
        await EnterAsync(bob, started.UserCode);
        var ofBob = Ticket(await bob.OpenAsync("/device/approve"));
        await EnterAsync(alice, started.UserCode);
        var own = Ticket(await alice.OpenAsync("/device/approve"));
        var approval = new Dictionary<string, string> { ["grant"] = own, ["decision"] = "approve" };
        var withoutToken = new Dictionary<string, string>(approval) { ["csrf_token"] = "" };
        var elsewhere = ("Origin", "https://evil.example");

        Assert.Equal(403, (await alice.PostFormAsync("/device/approve", withoutToken)).Status);
        Assert.Equal(403, (await alice.PostFormAsync("/device/approve", approval, elsewhere)).Status);
        foreach (var forged in new[] { "", ofBob, started.UserCode, $"{own}x", alice.Cookies["__Host-authsidecar-device"] })
        {
            var answer = await alice.PostFormAsync("/device/approve", new(approval) { ["grant"] = forged });
            Assert.Equal(404, answer.Status);
            Assert.Contains(Unknown, answer.Text, StringComparison.Ordinal);
        }

        Assert.Equal(CollectedKind.Pending, (await CollectAsync(started)).Kind);
        using var stranger = _console.Open();
        Assert.Equal((303, "/ui/login?return=%2Fdevice%2Fapprove"), Redirect(await stranger.PostFormAsync("/device/approve", approval)));
        Assert.Equal((303, "/device"), Redirect(await bob.GetAsync("/device/done")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Approve")]
    [InlineData("yes")]
    public async Task OnlyTheOneWord_Approves(string decision)
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        await DecideAsync(alice, started.UserCode, decision);

        Assert.Equal(CollectedKind.Denied, (await CollectAsync(started)).Kind);
    }

    [Fact]
    public async Task SessionThatEnded_SeesTheRequestAgain_AndSendsNothing()
    {
        var started = await StartAsync();
        using var alice = await _console.LoggedInAsync("alice");
        await EnterAsync(alice, started.UserCode);
        var open = await alice.OpenAsync("/device/approve");
        await using (var context = _console.Store.Open())
        {
            await context.Sessions.ExecuteUpdateAsync(set => set.SetProperty(session => session.EndedAt, _time.GetUtcNow()));
        }

        var sent = await DecideAsync(alice, open, "approve");
        await alice.OpenAsync("/ui/login");
        var back = await LogInAsync(alice, "alice", "/device/approve");

        Assert.Equal((303, "/ui/login?return=%2Fdevice%2Fapprove"), Redirect(sent));
        Assert.Equal((303, "/device/approve"), Redirect(back));
        Assert.Contains(started.UserCode, (await alice.GetAsync("/device/approve")).Text, StringComparison.Ordinal);
        Assert.Equal(CollectedKind.Pending, (await CollectAsync(started)).Kind);
    }

    [Fact]
    public async Task SessionThatMustSetItsPassword_SetsItFirst()
    {
        var started = await StartAsync();
        var reset = await _console
            .Services.GetRequiredService<AuthSidecar.Administration.Accounts.ResetPassword>()
            .RunAsync("alice", CancellationToken.None);
        using var alice = await _console.LoggedInAsync("alice", reset.Value.Password);
        await EnterAsync(alice, started.UserCode);

        Assert.Equal((303, "/ui/set-password?return=%2Fdevice%2Fapprove"), Redirect(await alice.GetAsync("/device/approve")));
    }

    [Theory]
    [InlineData("sso_failed", "The sign-in did not succeed")]
    [InlineData("anything", "The sign-in did not succeed")]
    [InlineData("email_belongs_to_account", "You have an account here")]
    public async Task FailureAtAProvider_HasItsText(string error, string title)
    {
        using var browser = _console.Open();
        var page = await browser.GetAsync($"/device?sso_error={error}");

        Assert.Equal(403, page.Status);
        Assert.Contains(title, page.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/device/sign-in\"", page.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/device/sign-in")]
    [InlineData("/device/approve")]
    [InlineData("/device/done")]
    public async Task WithoutACode_EveryPage_AsksForIt(string path)
    {
        using var alice = await _console.LoggedInAsync("alice");
        Assert.Equal((303, "/device"), Redirect(await alice.GetAsync(path)));
    }

    [Fact]
    public async Task WhereNetworksMustAgree_ADeviceElsewhere_IsRefused()
    {
        await using var strict = await ConsoleHost.StartAsync(settings => Configure(settings)["SameNetwork"] = "require", _time);
        await strict.AddPersonAsync("alice");
        var started = await StartAsync(console: strict);
        using var alice = await strict.LoggedInAsync("alice");

        var refused = await DecideAsync(alice, started.UserCode, "approve");

        await EnterAsync(alice, started.UserCode);
        var page = (await alice.GetAsync("/device/approve")).Text;
        Assert.Contains("It may only be approved from its own network", page, StringComparison.Ordinal);
        Assert.DoesNotContain(">Approve<", page, StringComparison.Ordinal);
        Assert.Contains(">Deny<", page, StringComparison.Ordinal);
        Assert.Contains("<title>Give “build-agent” access? · AuthSidecar</title>", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
        Assert.Equal(403, refused.Status);
        Assert.Contains("This device is in another network", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeveralWaysToSignIn_AreAChoice_WithoutTheCodeInTheirAddresses()
    {
        await using var several = await ConsoleHost.StartAsync(
            settings => Configure(settings),
            _time,
            replace: services => services.AddSingleton(new DeviceSignIn("Example ID", "Without an account.", "/oauth/device/example"))
        );
        var started = await StartAsync(console: several);
        using var browser = several.Open();

        Assert.Equal((303, "/device/sign-in"), Redirect(await EnterAsync(browser, started.UserCode)));
        var page = (await browser.GetAsync("/device/sign-in")).Text;
        var links = ButtonLink().Matches(page).Select(match => match.Groups[1].Value);

        Assert.Equal(["/ui/login?return=%2Fdevice%2Fapprove", "/oauth/device/example"], links);
        Assert.DoesNotContain(started.UserCode, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WithoutClients_ThePageSaysSo()
    {
        await using var none = await ConsoleHost.StartAsync();
        using var browser = none.Open();
        var page = await browser.GetAsync("/device");

        Assert.Equal(404, page.Status);
        Assert.Contains("No device can be connected here", page.Text, StringComparison.Ordinal);
    }

    private static JsonObject Configure(JsonObject settings)
    {
        var device = new JsonObject
        {
            ["Clients"] = new JsonArray(
                new JsonObject
                {
                    ["Id"] = Client,
                    ["Title"] = "Example command line",
                    ["Scopes"] = new JsonArray("llm:invoke"),
                }
            ),
        };
        settings["Device"] = device;
        return device;
    }

    private async Task<StartedGrant> StartAsync(string address = "203.0.113.9", ConsoleHost? console = null) =>
        (
            await (console ?? _console)
                .Services.GetRequiredService<StartGrant>()
                .RunAsync(new(Client, "build-agent", null, address, "example/1.0"), CancellationToken.None)
        ).Value;

    private Task<Collected> CollectAsync(StartedGrant started) =>
        _console.Services.GetRequiredService<CollectGrant>().RunAsync(started.DeviceCode, Client, CancellationToken.None);

    private async Task<ApiKey> KeyAsync(string id)
    {
        await using var context = _console.Store.Open();
        return await context.ApiKeys.SingleAsync(key => key.Id == id);
    }

    private static async Task<WebAnswer> EnterAsync(WebBrowser browser, string code)
    {
        await browser.OpenAsync("/device");
        return await browser.PostFormAsync("/device", new() { ["user_code"] = code });
    }

    private static async Task<WebAnswer> DecideAsync(WebBrowser browser, string code, string decision)
    {
        await EnterAsync(browser, code);
        return await DecideAsync(browser, await browser.OpenAsync("/device/approve"), decision);
    }

    private static Task<WebAnswer> DecideAsync(WebBrowser browser, WebAnswer page, string decision) =>
        browser.PostFormAsync("/device/approve", new() { ["grant"] = Ticket(page), ["decision"] = decision });

    private static Task<WebAnswer> LogInAsync(WebBrowser browser, string name, string path) =>
        browser.PostFormAsync(
            "/ui/login",
            new()
            {
                ["name"] = name,
                ["password"] = ConsoleHost.Password,
                ["return"] = path,
            }
        );

    private static string Ticket(WebAnswer page) => TicketField().Match(page.Text).Groups[1].Value;

    private static (int, string?) Redirect(WebAnswer answer) => (answer.Status, answer.Location);

    private static string Plain(WebAnswer page, string typed) =>
        TokenField().Replace(page.Text, "").Replace($"value=\"{typed}\"", "", StringComparison.Ordinal);

    [GeneratedRegex("name=\"grant\" value=\"([^\"]+)\"")]
    private static partial Regex TicketField();

    [GeneratedRegex("name=\"csrf_token\" type=\"hidden\" value=\"[^\"]+\"|nonce-[^']+")]
    private static partial Regex TokenField();

    [GeneratedRegex("<button class=\"([^\"]*)\" name=\"decision\" value=\"([^\"]*)\"")]
    private static partial Regex DecisionButton();

    [GeneratedRegex("<a class=\"button\" href=\"([^\"]+)\"")]
    private static partial Regex ButtonLink();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();
}

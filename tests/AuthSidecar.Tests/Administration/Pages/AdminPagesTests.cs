using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Pages.Admin;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Pages;

/// <summary>Pages of administration over HTTP: access, forms, errors, confirmations, and secrets that are shown once.</summary>
public sealed partial class AdminPagesTests : IAsyncLifetime
{
    private const string Script = "<script>alert(1)</script>";
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private ConsoleHost _console = null!;
    private WebBrowser _admin = null!;
    private string _bob = "";

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync(time: _time);
        await _console.AddPersonAsync("ada", UserRole.Admin);
        _bob = await _console.AddPersonAsync("bob");
        _admin = await _console.LoggedInAsync("ada");
    }

    public async Task DisposeAsync()
    {
        _admin.Dispose();
        await _console.DisposeAsync();
    }

    [Fact]
    public async Task EachPage_IsForAdminsOnly()
    {
        using var user = await _console.LoggedInAsync("bob");
        using var stranger = _console.Open();
        var paths = Paths();
        Assert.True(paths.Count >= 30, $"Only {paths.Count} pages were found.");

        foreach (var path in paths)
        {
            Assert.Equal((path, 403), (path, (await user.GetAsync(path)).Status));
            Assert.Equal((path, 403), (path, (await user.PostFormAsync(path, [])).Status));
            var login = await stranger.GetAsync(path);
            Assert.Equal((path, 303), (path, login.Status));
            Assert.StartsWith("/ui/login", login.Location, StringComparison.Ordinal);
            Assert.True((await stranger.PostFormAsync(path, [])).Status is 401 or 403, path);
            Assert.InRange((await _admin.GetAsync(path)).Status, 200, 404);
        }
    }

    // D31: a master key stays for ever if nothing reminds of it.
    [Fact]
    public async Task MasterKey_IsNamedOnEachPage_WhileItIsAccepted()
    {
        await using var console = await ConsoleHost.StartAsync(settings =>
            settings["Auth"] = new JsonObject { ["Mode"] = "both", ["MasterKey"] = "a-master-key-of-forty-characters-or-more-1" }
        );
        await console.AddPersonAsync("ada", UserRole.Admin);
        using var admin = await console.LoggedInAsync("ada");

        foreach (var path in new[] { "/ui/admin", "/ui/admin/users", "/ui/admin/audit" })
        {
            Assert.Contains("The master key is accepted.", (await admin.GetAsync(path)).Text, StringComparison.Ordinal);
            Assert.DoesNotContain("The master key is accepted", (await _admin.GetAsync(path)).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task EachForm_NeedsItsToken()
    {
        _admin.Token = null;

        foreach (var path in new[] { "/ui/admin/groups", "/ui/admin/users", $"/ui/admin/users/{_bob}/disable", "/ui/admin/prices" })
        {
            Assert.Equal((path, 403), (path, (await _admin.PostFormAsync(path, new() { ["Name"] = "x" })).Status));
        }
    }

    [Theory]
    [InlineData("/ui/admin", "Overview", "First steps")]
    [InlineData("/ui/admin/users", "Users", "bob")]
    [InlineData("/ui/admin/keys", "Keys", "authsidecar keys create")]
    [InlineData("/ui/admin/groups", "Groups", "authsidecar groups create")]
    [InlineData("/ui/admin/budgets", "Budgets", "authsidecar budgets set")]
    [InlineData("/ui/admin/tenants", "Tenants", "authsidecar tenants create")]
    [InlineData("/ui/admin/apps", "Apps", "authsidecar apps create")]
    [InlineData("/ui/admin/members", "Members", "authsidecar members add")]
    [InlineData("/ui/admin/prices", "Prices", "authsidecar prices import")]
    [InlineData("/ui/admin/usage", "Usage", "curl")]
    [InlineData("/ui/admin/requests", "Requests", "curl")]
    [InlineData("/ui/admin/audit", "Audit", "user created")]
    public async Task EmptyPage_SaysWhatItIs_WithAnExample(string path, string title, string text)
    {
        var page = await _admin.GetAsync(path);

        Assert.Equal(200, page.Status);
        Assert.StartsWith("no-store", page.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Contains($"<title>{title} · AuthSidecar</title>", page.Text, StringComparison.Ordinal);
        Assert.Contains(text, page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Group_IsMade_FilledAndRemoved()
    {
        await _admin.OpenAsync("/ui/admin/groups");
        await DoneAsync("/ui/admin/groups", new() { ["Name"] = "research" }, "/ui/admin/groups/research", "is made");
        await RefusedAsync("/ui/admin/groups", new() { ["Name"] = "research" }, 409, "There is already a group research.", "research");
        await RefusedAsync("/ui/admin/groups", new() { ["Name"] = "no blanks" }, 400, "is not a group", "no blanks");
        await RefusedAsync("/ui/admin/groups/research", new() { ["UserName"] = "zoe" }, 404, "There is no user zoe.", "zoe");
        await DoneAsync(
            "/ui/admin/groups/research",
            new() { ["UserName"] = "bob" },
            "/ui/admin/groups/research",
            "bob is in the group now."
        );
        await RefusedAsync("/ui/admin/groups/research/remove", [], 409, "has members or a budget");
        await DoneAsync(
            "/ui/admin/groups/research?handler=Remove",
            new() { ["UserName"] = _bob },
            "/ui/admin/groups/research",
            "bob is no longer in the group."
        );
        await DoneAsync("/ui/admin/groups/research/remove", [], "/ui/admin/groups", "is removed");
        Assert.Equal(404, (await _admin.GetAsync("/ui/admin/groups/research")).Status);
    }

    [Fact]
    public async Task Tenant_AppAndMember_AreMadeChangedAndRemoved()
    {
        await _admin.OpenAsync("/ui/admin/tenants");
        await DoneAsync("/ui/admin/tenants", new() { ["Name"] = "acme" }, "/ui/admin/tenants/acme", "is made");
        await RefusedAsync("/ui/admin/tenants", new() { ["Name"] = "acme" }, 409, "There is already a tenant acme.", "acme");
        await RefusedAsync("/ui/admin/apps", new() { ["Name"] = "a1", ["Owner"] = "other" }, 404, "There is no tenant other.", "a1");
        await DoneAsync("/ui/admin/apps", new() { ["Name"] = "a1", ["Owner"] = "acme" }, "/ui/admin/apps", "is made");
        await RefusedAsync("/ui/admin/apps/a1/remove", [], 409, "is not disabled");
        await DoneAsync("/ui/admin/apps/a1", new() { ["Mode"] = "public", ["Status"] = "disabled" }, "/ui/admin/apps/a1", "saved");
        await DoneAsync(
            "/ui/admin/members",
            new()
            {
                ["NewTenant"] = "acme",
                ["NewUser"] = "bob",
                ["Role"] = "member",
            },
            "/ui/admin/members?tenant=acme",
            "bob is member of acme."
        );
        Assert.Contains(">bob<", (await _admin.GetAsync("/ui/admin/tenants/acme")).Text, StringComparison.Ordinal);
        await RefusedAsync("/ui/admin/tenants/acme/remove", [], 409, "has members, apps or keys");
        await DoneAsync("/ui/admin/apps/a1/remove", [], "/ui/admin/apps", "is removed");
        await DoneAsync($"/ui/admin/members/remove?tenant=acme&user={_bob}", [], "/ui/admin/members?tenant=acme", "no longer a member");
        await DoneAsync("/ui/admin/tenants/acme/remove", [], "/ui/admin/tenants", "is removed");
    }

    [Theory]
    [InlineData("50", "$ 50.00")]
    [InlineData("0", "No spending")]
    [InlineData("0.5", "$ 0.50")]
    public async Task Budget_IsSetAndRemoved(string amount, string shown)
    {
        await _admin.OpenAsync("/ui/admin/budgets");
        await DoneAsync("/ui/admin/budgets", Budget("user", "bob", amount), "/ui/admin/budgets", "The budget of bob is");

        Assert.Contains(shown, (await _admin.GetAsync("/ui/admin/budgets")).Text, StringComparison.Ordinal);
        var remove = $"/ui/admin/budgets/remove?scope=user&subject={_bob}";
        Assert.Contains("Remove the budget of bob?", (await _admin.GetAsync(remove)).Text, StringComparison.Ordinal);
        await DoneAsync(remove, [], "/ui/admin/budgets", "is removed");
        Assert.Equal(404, (await _admin.GetAsync(remove)).Status);
    }

    [Fact]
    public async Task BudgetsOfTwoPeriods_AreShownAndRemovedByThemselves()
    {
        await _admin.OpenAsync("/ui/admin/budgets");
        await DoneAsync("/ui/admin/budgets", Budget("user", "bob", "300"), "/ui/admin/budgets", "$ 300.00 a month");
        var day = Budget("user", "bob", "20");
        day["period"] = "day";
        await DoneAsync("/ui/admin/budgets", day, "/ui/admin/budgets", "$ 20.00 a day");
        day["Warn"] = "21";
        Assert.Equal(400, (await _admin.PostFormAsync("/ui/admin/budgets", day)).Status);
        day["Warn"] = "15";
        await DoneAsync("/ui/admin/budgets", day, "/ui/admin/budgets", "warns at $ 15.00");
        day["period"] = "year";
        Assert.Equal(400, (await _admin.PostFormAsync("/ui/admin/budgets", day)).Status);

        var page = (await _admin.GetAsync("/ui/admin/budgets")).Text;
        Assert.Contains("Remove the budget of bob\"", page, StringComparison.Ordinal);
        Assert.Contains("Remove the daily budget of bob\"", page, StringComparison.Ordinal);
        Assert.Contains("$ 20.00 a day", (await _admin.GetAsync($"/ui/admin/users/{_bob}")).Text, StringComparison.Ordinal);
        await DoneAsync(
            $"/ui/admin/budgets/remove?scope=user&subject={_bob}&period=day",
            [],
            "/ui/admin/budgets",
            "The daily budget of bob is removed"
        );
        Assert.DoesNotContain("daily budget of bob\"", (await _admin.GetAsync("/ui/admin/budgets")).Text, StringComparison.Ordinal);
        Assert.Equal(404, (await _admin.GetAsync($"/ui/admin/budgets/remove?scope=user&subject={_bob}&period=week")).Status);
        Assert.Equal(200, (await _admin.GetAsync($"/ui/admin/budgets/remove?scope=user&subject={_bob}&period=month")).Status);
    }

    [Theory]
    [InlineData("user", "bob", "")]
    [InlineData("user", "bob", "-1")]
    [InlineData("user", "bob", "1000000.1")]
    [InlineData("user", "bob", "0.0000001")]
    [InlineData("user", "bob", "fifty")]
    [InlineData("everybody", "bob", "1")]
    [InlineData("user", "", "1")]
    public async Task InvalidBudget_IsRefused_AndChangesNothing(string scope, string subject, string amount)
    {
        await _admin.OpenAsync("/ui/admin/budgets");
        var answer = await _admin.PostFormAsync("/ui/admin/budgets", Budget(scope, subject, amount));

        Assert.Equal(400, answer.Status);
        Assert.Contains("<title>Error: Budgets · AuthSidecar</title>", answer.Text, StringComparison.Ordinal);
        await using var context = _console.Store.Open();
        Assert.Empty(context.Budgets);
    }

    [Fact]
    public async Task GroupBudget_SaysThatEachMemberHasIt()
    {
        await _admin.OpenAsync("/ui/admin/groups");
        await DoneAsync("/ui/admin/groups", new() { ["Name"] = "research" }, "/ui/admin/groups/research", "is made");
        await DoneAsync("/ui/admin/budgets", Budget("group", "research", "5"), "/ui/admin/budgets", "research");
        await DoneAsync("/ui/admin/budgets", Budget("shared", "research", "9"), "/ui/admin/budgets", "research");

        var page = (await _admin.GetAsync("/ui/admin/budgets")).Text;
        Assert.Contains("Each member has this", page, StringComparison.Ordinal);
        Assert.Contains("The members share this", page, StringComparison.Ordinal);
        Assert.Contains("Each member has this", (await _admin.GetAsync("/ui/admin/groups/research")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prices_AreImported_AllOrNone()
    {
        await _admin.OpenAsync("/ui/admin/prices");
        await RefusedAsync("/ui/admin/prices", new() { ["Lines"] = "" }, 400, "Paste at least one line.");
        await RefusedAsync("/ui/admin/prices", new() { ["Lines"] = $"{PricesModel.Example}\n{{}}" }, 409, "line 2", "gpt-5.1*");
        const string HalfPair = """{"provider":"openai","model":"a\ud800","from":"2026-01-01","input":1}""";
        await RefusedAsync("/ui/admin/prices", new() { ["Lines"] = HalfPair }, 409, "line 1: is not JSON", "ud800");
        await DoneAsync("/ui/admin/prices", new() { ["Lines"] = PricesModel.Example }, "/ui/admin/prices", "1 price imported.");
        Assert.Contains("$ 1.25", (await _admin.GetAsync("/ui/admin/prices?model=gpt-5.1-mini")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_IsCreated_ShownThePasswordOnce_AndKeptOnDuplicates()
    {
        await _admin.OpenAsync("/ui/admin/users");
        var once = await _admin.PostFormAsync("/ui/admin/users", new() { ["Name"] = "zoe", ["DisplayName"] = Script });
        Assert.Equal(200, once.Status);
        Assert.Equal("no-store, no-cache", once.Header("Cache-Control"));
        var password = Password().Match(once.Text).Groups[1].Value;
        Assert.NotEmpty(password);
        using var browser = _console.Open();
        Assert.True((bool)(await browser.LogInAsync("zoe", password)).Json["mustChangePassword"]!);

        var list = (await _admin.GetAsync("/ui/admin/users")).Text;
        Assert.DoesNotContain(password, list, StringComparison.Ordinal);
        Assert.DoesNotContain(Script, list, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode(Script), list, StringComparison.Ordinal);
        await RefusedAsync(
            "/ui/admin/users",
            new() { ["Name"] = "ZOE", ["Email"] = "z@example.com" },
            409,
            "There is already",
            "z@example.com"
        );
        await RefusedAsync("/ui/admin/users", new() { ["Name"] = "", ["Email"] = "nothing" }, 400, "is not an e-mail address", "nothing");
    }

    [Fact]
    public async Task User_IsDisabledAndEnabled_AfterAConfirmation()
    {
        using var bob = await _console.LoggedInAsync("bob");
        await ConfirmAsync($"/ui/admin/users/{_bob}/disable", "Disable bob?", "bob is disabled.");
        Assert.Equal(303, (await bob.GetAsync("/ui/me")).Status);
        Assert.Contains("Disabled", (await _admin.GetAsync($"/ui/admin/users/{_bob}")).Text, StringComparison.Ordinal);
        await ConfirmAsync($"/ui/admin/users/{_bob}/enable", "Enable bob?", "bob is enabled.");
    }

    [Fact]
    public async Task Admin_CannotDisableThemselves_NorDemoteTheLast()
    {
        var ada = await IdAsync("ada");
        await _admin.OpenAsync($"/ui/admin/users/{ada}/disable");
        await RefusedAsync($"/ui/admin/users/{ada}/disable", [], 400, "You cannot disable yourself.");
        await RefusedAsync($"/ui/admin/users/{ada}/role", new() { ["Role"] = "user" }, 409, "is the last active admin who can log in");
    }

    [Fact]
    public async Task RoleAndPassword_NeedTheOwnPasswordAgain()
    {
        var paths = new[] { $"/ui/admin/users/{_bob}/role", $"/ui/admin/users/{_bob}/reset-password", "/ui/admin/usage/prune" };
        _time.Advance(TimeSpan.FromMinutes(11));
        foreach (var path in paths)
        {
            var answer = await _admin.GetAsync(path);
            Assert.Equal((path, 303), (path, answer.Status));
            Assert.StartsWith("/ui/reauthenticate", answer.Location, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Password_IsReset_AndShownOnce()
    {
        using var bob = await _console.LoggedInAsync("bob");
        var path = $"/ui/admin/users/{_bob}/reset-password";
        Assert.Contains("Reset the password of bob?", (await _admin.OpenAsync(path)).Text, StringComparison.Ordinal);
        var once = await _admin.PostFormAsync(path, []);

        Assert.Equal((200, "no-store, no-cache"), (once.Status, once.Header("Cache-Control")));
        Assert.Equal(303, (await bob.GetAsync("/ui/me")).Status);
        using var again = _console.Open();
        Assert.Equal(401, (await again.LogInAsync("bob", ConsoleHost.Password)).Status);
        Assert.Equal(200, (await again.LogInAsync("bob", Password().Match(once.Text).Groups[1].Value)).Status);
    }

    [Fact]
    public async Task Role_IsChanged_AndSessionsEnd()
    {
        using var bob = await _console.LoggedInAsync("bob");
        var path = $"/ui/admin/users/{_bob}/role";
        await _admin.OpenAsync(path);
        await DoneAsync(path, new() { ["Role"] = "admin" }, $"/ui/admin/users/{_bob}", "bob is an administrator.");
        Assert.Equal(303, (await bob.GetAsync("/ui/me")).Status);

        // A second click on the same page changes nothing back.
        await DoneAsync(path, new() { ["Role"] = "admin" }, $"/ui/admin/users/{_bob}", "bob is an administrator.");
        await using var context = _console.Store.Open();
        Assert.Equal(UserRole.Admin, (await context.Users.SingleAsync(user => user.Id == _bob)).Role);
    }

    [Fact]
    public async Task Sessions_AreEnded()
    {
        using var bob = await _console.LoggedInAsync("bob");
        await ConfirmAsync($"/ui/admin/users/{_bob}/end-sessions", "End all sessions of bob?", "1 session ended.");
        Assert.Equal(303, (await bob.GetAsync("/ui/me")).Status);
    }

    [Fact]
    public async Task Key_IsMade_ChangedAndRevoked()
    {
        await _admin.OpenAsync("/ui/admin/keys");
        var form = new Dictionary<string, string>
        {
            ["Owner"] = "bob",
            ["Name"] = Script,
            ["Scopes"] = "apps:run",
            ["Models"] = "gpt-5*",
            ["Form"] = Guid.NewGuid().ToString("N"),
        };
        await RefusedAsync("/ui/admin/keys", new(form) { ["Owner"] = "zoe" }, 404, "There is no user zoe.", "gpt-5*");
        await RefusedAsync("/ui/admin/keys", new(form) { ["Expires"] = "2020-01-01" }, 400, "Choose a day in the future.");
        var once = await _admin.PostFormAsync("/ui/admin/keys", form);
        Assert.Equal((200, "no-store, no-cache"), (once.Status, once.Header("Cache-Control")));
        Assert.DoesNotContain(Script, once.Text, StringComparison.Ordinal);
        var token = Password().Match(once.Text).Groups[1].Value;
        Assert.StartsWith("ask_", token, StringComparison.Ordinal);

        await using var context = _console.Store.Open();
        var id = (await context.ApiKeys.AsNoTracking().SingleAsync()).Id;
        var page = await _admin.GetAsync($"/ui/admin/keys/{id}");
        Assert.DoesNotContain(token, page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Script, page.Text, StringComparison.Ordinal);
        var version = Version().Match(page.Text).Groups[1].Value;
        var change = new Dictionary<string, string>
        {
            ["Version"] = version,
            ["Name"] = "laptop",
            ["Scopes"] = "apps:run",
            ["Permits"] = "5",
            ["Window"] = "60",
            ["Tokens"] = "900",
            ["TokenWindow"] = "30",
            ["Parallel"] = "2",
        };
        await RefusedAsync($"/ui/admin/keys/{id}", new(change) { ["Window"] = "" }, 400, "Enter both numbers, or none.", "laptop");
        await RefusedAsync($"/ui/admin/keys/{id}", new(change) { ["Tokens"] = "" }, 400, "Enter both numbers, or none.", "laptop");
        await RefusedAsync($"/ui/admin/keys/{id}", new(change) { ["Parallel"] = "-1" }, 400, "Enter a whole number, or nothing.", "laptop");
        await DoneAsync($"/ui/admin/keys/{id}", change, $"/ui/admin/keys/{id}", "The key is saved.");
        var stale = await _admin.PostFormAsync($"/ui/admin/keys/{id}", new(change) { ["Name"] = "of another tab" });
        Assert.Equal(409, stale.Status);
        Assert.Contains("of another tab", stale.Text, StringComparison.Ordinal);
        var saved = await context.ApiKeys.AsNoTracking().SingleAsync();
        Assert.Equal(("laptop", "", 5, TimeSpan.FromMinutes(1)), (saved.Name, saved.Models, saved.Permits, saved.Window));
        Assert.Equal((900, TimeSpan.FromSeconds(30), 2), (saved.Tokens, saved.TokenWindow, saved.Parallel));
        await ConfirmAsync($"/ui/admin/keys/{id}/revoke", "Revoke key “laptop”?", "Key “laptop” is revoked.");
        Assert.Contains("no longer works", (await _admin.GetAsync($"/ui/admin/keys/{id}/revoke")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_AreRevokedByFilter_OnlyWithTheirNumber()
    {
        _ = await _console.AddKeyAsync("bob", "apps:run");
        _ = await _console.AddKeyAsync("bob", "apps:run");
        _ = await _console.AddKeyAsync("ada", "apps:run");
        const string Path = "/ui/admin/keys/revoke?user=bob";
        Assert.Contains("Revoke 2 keys?", (await _admin.OpenAsync(Path)).Text, StringComparison.Ordinal);
        await RefusedAsync(Path, new() { ["Count"] = "3" }, 400, "Type 2");
        await RefusedAsync("/ui/admin/keys/revoke", new() { ["Count"] = "3" }, 400, "Choose a filter");
        await RefusedAsync("/ui/admin/keys/revoke?status=nothing", new() { ["Count"] = "3" }, 400, "Choose a filter");
        await DoneAsync(Path, new() { ["Count"] = "2" }, "/ui/admin/keys?user=bob", "2 keys revoked.");
        await using var context = _console.Store.Open();
        Assert.Equal(1, await context.ApiKeys.CountAsync(key => key.RevokedAt == null));
    }

    [Fact]
    public async Task Usage_IsShown_Filtered_AndDownloaded()
    {
        await ConsoleSeed.AddUsageAsync(_console.Store, _bob, _time.GetUtcNow());
        Assert.Contains(">bob<", (await _admin.GetAsync("/ui/admin/usage?by=user")).Text, StringComparison.Ordinal);
        Assert.Contains(">laptop<", (await _admin.GetAsync("/ui/admin/usage?by=key")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("gpt-5.1<", (await _admin.GetAsync("/ui/admin/usage?provider=gemini")).Text, StringComparison.Ordinal);
        var csv = await _admin.GetAsync("/ui/admin/usage?by=provider&format=csv");
        Assert.StartsWith("text/csv", csv.Header("Content-Type"), StringComparison.Ordinal);
        Assert.Equal(3, csv.Text.Split("\r\n").Count(line => line.Length > 0 && !line.StartsWith("group", StringComparison.Ordinal)));
        Assert.Contains(">bob<", (await _admin.GetAsync("/ui/admin")).Text, StringComparison.Ordinal);
        Assert.Contains("laptop", (await _admin.GetAsync($"/ui/admin/users/{_bob}")).Text, StringComparison.Ordinal);
        foreach (
            var wrong in new[] { "from=x", "to=2026-02-30", "from=2026-02-02&to=2026-02-01", "by=nothing", "from=2020-01-01", "user=zoe" }
        )
        {
            Assert.Contains("<title>Error: ", (await _admin.GetAsync($"/ui/admin/usage?{wrong}")).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OldUsage_IsCounted_ThenDeleted()
    {
        await ConsoleSeed.AddUsageAsync(_console.Store, _bob, _time.GetUtcNow().AddDays(-100));
        await RefusedAsync("/ui/admin/usage/prune?days=0", [], 400, "Enter a whole number from 1 to 36500.");
        Assert.Contains("To delete", (await _admin.OpenAsync("/ui/admin/usage/prune?days=50")).Text, StringComparison.Ordinal);
        await DoneAsync("/ui/admin/usage/prune?days=50", [], "/ui/admin/usage", "of usage deleted.");
        await using var context = _console.Store.Open();
        Assert.Equal(0, await context.UsageDays.CountAsync());
    }

    [Fact]
    public async Task Request_IsExplained()
    {
        await ConsoleSeed.AddUsageAsync(_console.Store, _bob, _time.GetUtcNow());
        var found = await _admin.GetAsync($"/ui/admin/requests?id={ConsoleSeed.RefusedId.ToUpperInvariant()}");
        Assert.Equal((303, $"/ui/admin/requests/{ConsoleSeed.RefusedId}"), (found.Status, found.Location));
        var page = await _admin.GetAsync(found.Location!);
        Assert.Contains("Why the request was refused", page.Text, StringComparison.Ordinal);
        Assert.Contains(">bob<", page.Text, StringComparison.Ordinal);
        Assert.Equal(404, (await _admin.GetAsync("/ui/admin/requests/0123456789abcdef0123456789abcdef")).Status);
        Assert.Equal(404, (await _admin.GetAsync("/ui/admin/requests?id=nothing")).Status);
    }

    [Fact]
    public async Task Audit_NamesTheActor_TheTarget_AndTheValues()
    {
        await ConfirmAsync($"/ui/admin/users/{_bob}/disable", "Disable bob?", "bob is disabled.");
        var page = (await _admin.GetAsync("/ui/admin/audit?action=user.updated&q=bob")).Text;
        Assert.Contains("<del>active</del>", page, StringComparison.Ordinal);
        Assert.Contains("<ins>suspended</ins>", page, StringComparison.Ordinal);
        Assert.Contains(">ada<", page, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1", page, StringComparison.Ordinal);
        var csv = await _admin.GetAsync("/ui/admin/audit?action=user.updated&q=bob&handler=Csv");
        Assert.StartsWith("text/csv", csv.Header("Content-Type"), StringComparison.Ordinal);
        Assert.Contains("suspended", csv.Text, StringComparison.Ordinal);
        Assert.Contains("<title>Error: ", (await _admin.GetAsync("/ui/admin/audit?from=x")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_NamesTheUserOfASession()
    {
        using var bob = await _console.LoggedInAsync("bob");
        var page = (await _admin.GetAsync("/ui/admin/audit?action=session.created")).Text;
        Assert.Contains(">bob</span>", page, StringComparison.Ordinal);
        Assert.DoesNotContain(_bob, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_EndsWithTheCalendar() => Assert.Equal(200, (await _admin.GetAsync("/ui/admin/audit?to=9999-12-31")).Status);

    [Theory]
    [InlineData("user=bob", "gpt-5.1 gpt-5.1 gpt-5.1-pro gpt-5.1")]
    [InlineData("key=d4dx8u7FwYEr", "gpt-5.1 gpt-5.1 gpt-5.1-pro gpt-5.1")]
    [InlineData("model=gpt-5.1-pro", "gpt-5.1-pro")]
    [InlineData("show=refused", "gpt-5.1 gpt-5.1-pro")]
    [InlineData("show=failed", "gpt-5.1")]
    [InlineData("app=support-bot", "")]
    [InlineData("user=ada", "")]
    [InlineData("to=2026-01-31", "")]
    public async Task Requests_AreFiltered(string query, string models)
    {
        await ConsoleSeed.AddUsageAsync(_console.Store, _bob, _time.GetUtcNow());
        var page = await _admin.GetAsync($"/ui/admin/requests?{query}");
        Assert.Equal((200, models), (page.Status, string.Join(' ', ModelCell().Matches(page.Text).Select(cell => cell.Groups[1].Value))));
        Assert.Equal(models.Length == 0, page.Text.Contains("No request matches the filter.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("user=zoe", "There is no user zoe.")]
    [InlineData("key=a b", "is not a key")]
    [InlineData("app=a/b", "is not an app")]
    [InlineData("show=nothing", "Choose one of the list.")]
    [InlineData("from=x", "Enter a day such as")]
    [InlineData("from=2020-01-01", "Choose at most 366 days.")]
    [InlineData("from=2026-02-02&to=2026-02-01", "The first day is after the last.")]
    [InlineData("after=nothing", "begin with the first page")]
    public async Task Requests_WithABadFilter_SayWhatIsWrong(string query, string message)
    {
        var page = await _admin.GetAsync($"/ui/admin/requests?{query}");
        Assert.InRange(page.Status, 400, 404);
        Assert.Contains("<title>Error: ", page.Text, StringComparison.Ordinal);
        Assert.Contains(message, WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_HavePages_ThatKeepTheFilter()
    {
        await using (var context = _console.Store.Open())
        {
            context.Usage.AddRange(
                Enumerable
                    .Range(0, 51)
                    .Select(number => new UsageRow
                    {
                        DecisionId = $"r{number:00}",
                        Time = _time.GetUtcNow().AddMinutes(-number),
                        UserId = _bob,
                        Model = $"m{number:00}",
                        Decision = "allow",
                    })
            );
            await context.SaveChangesAsync();
        }

        var first = (await _admin.GetAsync("/ui/admin/requests?user=bob")).Text;
        var next = WebUtility.HtmlDecode(Next().Match(first).Groups[1].Value);
        Assert.Equal(50, ModelCell().Count(first));
        Assert.Contains("user=bob", next, StringComparison.Ordinal);
        Assert.Equal("m50", ModelCell().Match((await _admin.GetAsync(next)).Text).Groups[1].Value);
    }

    [Fact]
    public async Task Overview_CountsRefusals_OfTheChosenDays_AndKnowsBudgets()
    {
        Assert.DoesNotMatch(BudgetDone(), (await _admin.GetAsync("/ui/admin")).Text);
        await _admin.OpenAsync("/ui/admin/budgets");
        await DoneAsync("/ui/admin/budgets", Budget("user", "bob", "12.5"), "/ui/admin/budgets", "The budget of bob is");
        Assert.Matches(BudgetDone(), (await _admin.GetAsync("/ui/admin")).Text);

        await using (var context = _console.Store.Open())
        {
            context.Budgets.RemoveRange(context.Budgets);
            await context.SaveChangesAsync();
        }

        await ConsoleSeed.AddUsageAsync(_console.Store, _bob, _time.GetUtcNow().AddDays(-10));
        Assert.Contains("The model may not be used here.", (await _admin.GetAsync("/ui/admin?days=30")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("The model may not be used", (await _admin.GetAsync("/ui/admin?days=7")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_IsRotated_AndTheNewOneShownOnce()
    {
        var old = await _console.AddKeyAsync("bob", "llm:invoke");
        var path = $"/ui/admin/keys/{old.Split('_')[1]}/rotate";
        var form = new Dictionary<string, string> { ["Grace"] = "0", ["Form"] = Guid.NewGuid().ToString("N") };
        Assert.Contains("Rotate key", (await _admin.OpenAsync(path)).Text, StringComparison.Ordinal);
        Assert.Equal(400, (await _admin.PostFormAsync(path, new(form) { ["Grace"] = "5" })).Status);

        var once = await _admin.PostFormAsync(path, form);
        var token = Password().Match(once.Text).Groups[1].Value;

        Assert.Equal(200, once.Status);
        Assert.Contains("no-store", once.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.StartsWith("ask_", token, StringComparison.Ordinal);
        Assert.NotEqual(old, token);
        using var program = _console.Open();
        Assert.Equal(200, (await program.GetAsync("/api/key", ("Authorization", $"Bearer {token}"))).Status);
        Assert.Equal(401, (await program.GetAsync("/api/key", ("Authorization", $"Bearer {old}"))).Status);
        Assert.Equal(409, (await _admin.PostFormAsync(path, form)).Status);
        await RefusedAsync(path, new(form) { ["Form"] = Guid.NewGuid().ToString("N") }, 409, "has expired");
        Assert.Equal(404, (await _admin.GetAsync("/ui/admin/keys/aaaaaaaaaaaa/rotate")).Status);
    }

    [Fact]
    public async Task AManagingKey_IsMade_Widened_AndRotated_WithTheOwnPasswordAgain()
    {
        await _admin.OpenAsync("/ui/admin/keys");
        var form = new Dictionary<string, string>
        {
            ["Owner"] = "ada",
            ["Name"] = "terraform",
            ["Scopes"] = "manage",
            ["Form"] = Guid.NewGuid().ToString("N"),
        };
        var narrow = (await _console.AddKeyAsync("ada", "llm:invoke")).Split('_')[1];
        var wide = (await _console.AddKeyAsync("ada", "manage")).Split('_')[1];
        var version = Version().Match((await _admin.GetAsync($"/ui/admin/keys/{narrow}")).Text).Groups[1].Value;
        _time.Advance(TimeSpan.FromMinutes(11));
        foreach (
            var (path, fields) in new (string, Dictionary<string, string>)[]
            {
                ("/ui/admin/keys", form),
                ($"/ui/admin/keys/{narrow}", new() { ["Scopes"] = "llm:invoke manage", ["Version"] = version }),
                ($"/ui/admin/keys/{wide}/rotate", new() { ["Grace"] = "0", ["Form"] = Guid.NewGuid().ToString("N") }),
            }
        )
        {
            var asked = await _admin.PostFormAsync(path, fields);
            Assert.Equal((path, 403), (path, asked.Status));
            Assert.Contains("Confirm your password", asked.Text, StringComparison.Ordinal);
        }

        await using (var context = _console.Store.Open())
        {
            Assert.Equal(1, await context.ApiKeys.CountAsync(key => key.Scopes.Contains("manage")));
        }

        // The form comes back after the password, and makes the key.
        var page = await _admin.PostFormAsync("/ui/admin/keys", form);
        var draft = Draft().Match(page.Text).Groups[1].Value;
        var resend = await _admin.PostFormAsync("/ui/reauthenticate", new() { ["password"] = ConsoleHost.Password, ["draft"] = draft });
        Assert.Contains("terraform", resend.Text, StringComparison.Ordinal);
        var once = await _admin.PostFormAsync("/ui/admin/keys", form);
        Assert.Equal(200, once.Status);
        using var program = _console.Open();
        var token = Password().Match(once.Text).Groups[1].Value;
        Assert.Equal(200, (await program.GetAsync("/api/admin/users", ("Authorization", $"Bearer {token}"))).Status);
        Assert.Equal(409, (await _admin.PostFormAsync("/ui/admin/keys", form)).Status);
    }

    [Fact]
    public async Task Audit_ShowsUsersByName_AndLimitsAsMoney()
    {
        await _admin.OpenAsync("/ui/admin/budgets");
        await DoneAsync("/ui/admin/budgets", Budget("user", "bob", "12.5"), "/ui/admin/budgets", "The budget of bob is");
        var page = (await _admin.GetAsync("/ui/admin/audit?action=budget.created")).Text;
        Assert.Contains("user bob", page, StringComparison.Ordinal);
        Assert.Contains("<ins>$ 12.50</ins>", page, StringComparison.Ordinal);
        Assert.DoesNotContain(_bob, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LongLists_HavePages()
    {
        await using (var context = _console.Store.Open())
        {
            context.Groups.AddRange(
                Enumerable
                    .Range(0, 51)
                    .Select(number => new AuthSidecar.Platform.Storage.Group { Id = $"g{number:00}", CreatedAt = _time.GetUtcNow() })
            );
            await context.SaveChangesAsync();
        }

        var first = (await _admin.GetAsync("/ui/admin/groups")).Text;
        Assert.Contains("50 of 51 groups", first, StringComparison.Ordinal);
        var next = WebUtility.HtmlDecode(Next().Match(first).Groups[1].Value);
        Assert.Contains(">g50<", (await _admin.GetAsync(next)).Text, StringComparison.Ordinal);
        Assert.Equal(400, (await _admin.GetAsync("/ui/admin/groups?after=nothing")).Status);
    }

    private static Dictionary<string, string> Budget(string scope, string subject, string amount) =>
        new()
        {
            ["scope"] = scope,
            ["subject"] = subject,
            ["Limit"] = amount,
        };

    /// <summary>A path of each page, with ids of things that exist where there are any.</summary>
    private List<string> Paths() =>
        [
            .. _console
                .Services.GetRequiredService<IActionDescriptorCollectionProvider>()
                .ActionDescriptors.Items.OfType<PageActionDescriptor>()
                .Where(page => page.ViewEnginePath.StartsWith("/Admin/", StringComparison.Ordinal))
                .Select(page => "/" + page.AttributeRouteInfo!.Template!.Replace("{id}", _bob, StringComparison.Ordinal))
                .Select(path => path.Replace("{decisionId}", ConsoleSeed.RefusedId, StringComparison.Ordinal)),
        ];

    private async Task<string> IdAsync(string name)
    {
        await using var context = _console.Store.Open();
        return (await context.Users.SingleAsync(user => user.Name == name)).Id;
    }

    private async Task ConfirmAsync(string path, string question, string notice)
    {
        Assert.Contains(question, WebUtility.HtmlDecode((await _admin.OpenAsync(path)).Text), StringComparison.Ordinal);
        var answer = await _admin.PostFormAsync(path, []);
        Assert.Equal((303, ""), (answer.Status, answer.Status == 303 ? "" : answer.Text));
        Assert.Contains(notice, WebUtility.HtmlDecode((await _admin.GetAsync(answer.Location!)).Text), StringComparison.Ordinal);
    }

    private async Task DoneAsync(string path, Dictionary<string, string> form, string location, string notice)
    {
        var answer = await _admin.PostFormAsync(path, form);
        Assert.Equal((303, location), (answer.Status, answer.Status == 303 ? answer.Location : answer.Text));
        Assert.Contains(notice, WebUtility.HtmlDecode((await _admin.GetAsync(location)).Text), StringComparison.Ordinal);
    }

    /// <summary>The form is refused with a message, and what was typed is still there.</summary>
    private async Task RefusedAsync(string path, Dictionary<string, string> form, int status, string message, string typed = "")
    {
        var answer = await _admin.PostFormAsync(path, form);
        var text = WebUtility.HtmlDecode(answer.Text);
        Assert.Equal((path, status), (path, answer.Status));
        Assert.Contains("<title>Error: ", text, StringComparison.Ordinal);
        Assert.Contains(message, text, StringComparison.Ordinal);
        Assert.Contains(typed, text, StringComparison.Ordinal);
    }

    [GeneratedRegex("id=\"secret\"[^>]* value=\"([^\"]+)\"")]
    private static partial Regex Password();

    [GeneratedRegex("name=\"Version\" value=\"([^\"]+)\"")]
    private static partial Regex Version();

    [GeneratedRegex("name=\"draft\" value=\"([^\"]+)\"")]
    private static partial Regex Draft();

    [GeneratedRegex(">((?:gpt|m[0-9])[^<]*)</span>")]
    private static partial Regex ModelCell();

    [GeneratedRegex("Set a budget</a>.{0,400}?>Done<", RegexOptions.Singleline)]
    private static partial Regex BudgetDone();

    [GeneratedRegex("rel=\"next\" href=\"([^\"]+)\"")]
    private static partial Regex Next();
}

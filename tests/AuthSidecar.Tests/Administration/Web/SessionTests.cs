using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>Sessions of browsers: their cookie, their ends, and what is read again at each request.</summary>
public sealed class SessionTests : IAsyncLifetime
{
    private const string Cookie = "__Host-authsidecar-session";
    private readonly FakeTimeProvider _time = new(
        DateTimeOffset.Parse("2027-02-12T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture)
    );
    private ConsoleHost _console = null!;

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync(
            settings => settings["Console"] = new System.Text.Json.Nodes.JsonObject { ["MaxSessions"] = 2 },
            _time
        );
        await _console.AddPersonAsync("ada", UserRole.Admin);
        await _console.AddPersonAsync("bob");
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    /// <summary>PostgreSQL stores no half of a surrogate pair and no NUL.</summary>
    [Theory]
    [InlineData(255, "")]
    [InlineData(254, "\U0001F600")]
    public async Task Agent_IsCutBetweenCharacters(int letters, string end)
    {
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
        };
        using var browser = new WebBrowser(_console.Address, handler: handler);
        var agent = $"\u0001{new string('b', letters)}\u007F{end}\U0001F600\U0001F600";

        var login = await browser.PostJsonAsync(
            "/auth/login",
            new { username = "bob", password = ConsoleHost.Password },
            ("User-Agent", agent)
        );

        Assert.Equal(200, login.Status);
        await using var context = _console.Store.Open();
        Assert.Equal(new string('b', letters) + end, (await context.Sessions.SingleAsync()).Agent);
    }

    /// <summary>Seed R2: the cookie was sent over plain http by default.</summary>
    [Fact]
    public async Task R2_EveryCookie_IsSecure_AndOfThisHostOnly()
    {
        using var browser = await _console.LoggedInAsync("ada");
        await browser.OpenAsync("/ui/set-password");

        Assert.Contains(browser.SetCookies, line => line.StartsWith(Cookie, StringComparison.Ordinal));
        Assert.Contains(browser.SetCookies, line => line.StartsWith("__Host-authsidecar-csrf", StringComparison.Ordinal));
        Assert.All(browser.SetCookies, line =>
        {
            var attributes = line.ToLowerInvariant();
            Assert.StartsWith("__host-", attributes, StringComparison.Ordinal);
            Assert.Contains("; path=/", attributes, StringComparison.Ordinal);
            Assert.Contains("; secure", attributes, StringComparison.Ordinal);
            Assert.Contains("; samesite=lax", attributes, StringComparison.Ordinal);
            Assert.Contains("; httponly", attributes, StringComparison.Ordinal);
            Assert.DoesNotContain("domain=", attributes, StringComparison.Ordinal);
        });
        Assert.True(browser.Cookies.Sum(cookie => cookie.Key.Length + cookie.Value.Length) < 4096);
    }

    [Fact]
    public async Task Login_AnswersThePerson_AndMeTheSame()
    {
        using var browser = _console.Open();
        var login = await browser.LogInAsync("ADA", ConsoleHost.Password);
        var me = await browser.GetAsync("/auth/me");

        Assert.Equal((200, "ada", "admin"), (login.Status, (string?)login.Json["name"], (string?)login.Json["role"]));
        Assert.Equal(
            ["id", "name", "displayName", "role", "lastLoginAt", "mustChangePassword", "csrfToken"],
            login.Json.AsObject().Select(member => member.Key)
        );
        Assert.Equal((200, (string?)login.Json["id"]), (me.Status, (string?)me.Json["id"]));
        Assert.Contains("no-store", login.Header("Cache-Control"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AuditTrail_NamesThePersonOfEachSession()
    {
        using var browser = await _console.LoggedInAsync("ada");
        await browser.LogInAsync("bob", ConsoleHost.Password);
        _time.Advance(TimeSpan.FromSeconds(1));
        using var second = await _console.LoggedInAsync("bob");
        _time.Advance(TimeSpan.FromSeconds(1));
        using var third = await _console.LoggedInAsync("bob");
        await third.PostJsonAsync("/auth/logout", new { });

        await using var context = _console.Store.Open();
        var rows = await context
            .AuditEvents.Where(row => row.TargetKind == "session")
            .OrderBy(row => row.Sequence)
            .Select(row => $"{row.Action} {row.TargetName}")
            .ToListAsync();

        // Of one browser, by the next person; and of the third session of a person who may have two.
        Assert.Equal(
            ["session.created ada", "session.created bob", "session.ended ada", .. Enumerable.Repeat("session.created bob", 2)],
            rows.Where(row => row != "session.ended bob")
        );
        Assert.Equal(2, rows.Count(row => row == "session.ended bob"));
    }

    /// <summary>Seed D14: a logged-out or reset session stayed valid.</summary>
    [Fact]
    public async Task D14_Logout_EndsTheSession_AlsoForACopyOfTheCookie()
    {
        using var browser = await _console.LoggedInAsync("ada");
        using var thief = _console.Open();
        thief.Cookies[Cookie] = browser.Cookies[Cookie];
        Assert.Equal(200, (await thief.GetAsync("/auth/me")).Status);

        Assert.Equal(200, (await browser.PostJsonAsync("/auth/logout", new { })).Status);

        Assert.DoesNotContain(Cookie, browser.Cookies.Keys);
        Assert.Equal("401 missing_credential", (await thief.GetAsync("/auth/me")).Problem);
    }

    [Fact]
    public async Task D14_NewPassword_EndsTheOtherSessions()
    {
        using var browser = await _console.LoggedInAsync("bob");
        using var other = await _console.LoggedInAsync("bob");

        var answer = await browser.PostJsonAsync(
            "/auth/password",
            new Dictionary<string, string> { ["current"] = ConsoleHost.Password, ["new"] = "nine pale wooden ladders" }
        );

        Assert.Equal(200, answer.Status);
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
        Assert.Equal(401, (await other.GetAsync("/auth/me")).Status);
    }

    /// <summary>
    /// The reset finds no session that it could end: the login has checked the old password, and stores its session later.
    /// </summary>
    [Fact]
    public async Task PasswordReset_WhileASessionBegins_EndsIt()
    {
        using var browser = await _console.LoggedInAsync("bob");
        await SetPasswordTimeAsync("bob", _time.GetUtcNow().AddMilliseconds(1));

        Assert.Equal("401 missing_credential", (await browser.GetAsync("/auth/me")).Problem);
    }

    [Fact]
    public async Task Password_OfAReplicaWhoseClockIsAhead_BeginsALiveSession()
    {
        await SetPasswordTimeAsync("bob", _time.GetUtcNow().AddSeconds(5));
        using var browser = await _console.LoggedInAsync("bob");

        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await browser.PostJsonAsync("/auth/reauthenticate", new { password = ConsoleHost.Password })).Status);
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
    }

    /// <summary>Only a login with the one-time password proves it.</summary>
    [Fact]
    public async Task OneTimePassword_IsNotReplacedByASessionOfAnIdentityProvider()
    {
        using var browser = await _console.LoggedInAsync("bob");
        await using (var context = _console.Store.Open())
        {
            await context.Sessions.ExecuteUpdateAsync(set => set.SetProperty(session => session.Issuer, "https://login.example.com"));
            await context.UserCredentials.ExecuteUpdateAsync(set => set.SetProperty(credential => credential.MustChange, true));
        }

        var answer = await browser.PostJsonAsync("/auth/password", new Dictionary<string, string> { ["new"] = "nine pale wooden ladders" });

        Assert.Equal("400 wrong_password", answer.Problem);
    }

    [Fact]
    public async Task SecondLogin_InTheSameBrowser_EndsTheFirstSession()
    {
        using var browser = await _console.LoggedInAsync("ada");
        var first = browser.Cookies[Cookie];
        await browser.LogInAsync("ada", ConsoleHost.Password);
        using var old = _console.Open();
        old.Cookies[Cookie] = first;

        Assert.NotEqual(first, browser.Cookies[Cookie]);
        Assert.Equal(401, (await old.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
    }

    [Fact]
    public async Task MoreLoginsThanMaxSessions_EndTheOldest()
    {
        using var first = await _console.LoggedInAsync("ada");
        _time.Advance(TimeSpan.FromSeconds(1));
        using var second = await _console.LoggedInAsync("ada");
        _time.Advance(TimeSpan.FromSeconds(1));
        using var third = await _console.LoggedInAsync("ada");

        Assert.Equal(401, (await first.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await second.GetAsync("/auth/me")).Status);
        Assert.Equal(200, (await third.GetAsync("/auth/me")).Status);
    }

    [Fact]
    public async Task IdleAndAbsoluteLimit_EndIt()
    {
        using var idle = await _console.LoggedInAsync("ada");
        using var busy = await _console.LoggedInAsync("bob");
        for (var hour = 0; hour < 23; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            Assert.Equal(200, (await busy.GetAsync("/auth/me")).Status);
            if (hour == 6)
            {
                // Within 8 hours.
                Assert.Equal(200, (await idle.GetAsync("/auth/me")).Status);
            }
        }

        Assert.Equal(401, (await idle.GetAsync("/auth/me")).Status);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(401, (await busy.GetAsync("/auth/me")).Status);
    }

    [Fact]
    public async Task LastSeen_IsWrittenOnceAMinute()
    {
        using var browser = await _console.LoggedInAsync("ada");
        var login = _time.GetUtcNow();
        _time.Advance(TimeSpan.FromSeconds(59));
        await browser.GetAsync("/auth/me");
        Assert.Equal(login, await LastSeenAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        await browser.GetAsync("/auth/me");
        Assert.Equal(login.AddMinutes(1), await LastSeenAsync());
    }

    [Fact]
    public async Task RoleAndStatus_AreThoseOfTheStore()
    {
        using var browser = await _console.LoggedInAsync("ada");
        await _console.ChangeUserAsync("ada", user => user.Role = UserRole.User);
        Assert.Equal("user", (string?)(await browser.GetAsync("/auth/me")).Json["role"]);

        await _console.ChangeUserAsync("ada", user => user.Status = UserStatus.Suspended);
        Assert.Equal("401 missing_credential", (await browser.GetAsync("/auth/me")).Problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("chunks-2")]
    [InlineData("%00%ff")]
    public async Task BadCookie_IsNoSession(string value)
    {
        using var browser = _console.Open();
        browser.Cookies[Cookie] = value;

        Assert.Equal("401 missing_credential", (await browser.GetAsync("/auth/me")).Problem);
        Assert.Equal(200, (await browser.GetAsync("/ui/login")).Status);
    }

    [Fact]
    public async Task ChangedCookie_IsNoSession()
    {
        using var browser = await _console.LoggedInAsync("ada");
        var value = browser.Cookies[Cookie];
        foreach (var index in new[] { 10, value.Length / 2, value.Length - 5 })
        {
            browser.Cookies[Cookie] = value[..index] + (value[index] == 'A' ? 'B' : 'A') + value[(index + 1)..];
            Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
        }
    }

    private async Task<DateTimeOffset> LastSeenAsync()
    {
        await using var context = _console.Store.Open();
        return (await context.Sessions.SingleAsync()).LastSeenAt;
    }

    private async Task SetPasswordTimeAsync(string name, DateTimeOffset time)
    {
        await using var context = _console.Store.Open();
        (await context.UserCredentials.SingleAsync(credential => credential.User!.Name == name)).UpdatedAt = time;
        await context.SaveChangesAsync();
    }
}

using System.Net;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>Login by pages, their answers in errors, and the headers for browsers.</summary>
public sealed partial class LoginPageTests : IAsyncLifetime
{
    private const string Cookie = "__Host-authsidecar-session";
    private ConsoleHost _console = null!;

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync(replace: TestEndpoints.Add);
        await _console.AddPersonAsync("ada", UserRole.Admin);
        await _console.AddPersonAsync("bob");
    }

    public async Task DisposeAsync() => await _console.DisposeAsync();

    [Fact]
    public async Task LoginAndLogout_WithForms()
    {
        using var browser = _console.Open();
        Assert.Equal((303, "/ui/login"), Redirect(await browser.GetAsync("/")));
        Assert.Equal((303, "/ui/login?return=%2Fui%2Ftest%2Fsession%3Fa%3Db"), Redirect(await browser.GetAsync("/ui/test/session?a=b")));
        await browser.OpenAsync("/ui/login?return=%2Fui%2Ftest%2Fsession%3Fa%3Db");

        var login = await LogInAsync(browser, "bob", "/ui/test/session?a=b");

        Assert.Equal((303, "/ui/test/session?a=b"), Redirect(login));
        Assert.Equal(200, (await browser.GetAsync("/ui/test/session")).Status);
        Assert.Equal((303, "/ui/me"), Redirect(await browser.GetAsync("/")));
        Assert.Equal((303, "/ui/me"), Redirect(await browser.GetAsync("/ui/login?return=//evil.example")));

        await browser.OpenAsync("/ui/set-password");
        Assert.Equal((303, "/ui/login"), Redirect(await browser.PostFormAsync("/ui/logout", [])));
        Assert.Equal((303, "/ui/login?return=%2Fui%2Ftest%2Fsession"), Redirect(await browser.GetAsync("/ui/test/session")));
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example/ui/me")]
    [InlineData("/\\evil.example")]
    public async Task Login_NeverLeavesTheConsole(string path)
    {
        using var browser = _console.Open();
        await browser.OpenAsync($"/ui/login?return={Uri.EscapeDataString(path)}");

        Assert.Equal((303, "/ui/me"), Redirect(await LogInAsync(browser, "bob", path)));
    }

    /// <summary>Seed D15: an inactive account was disclosed.</summary>
    [Fact]
    public async Task D15_UnknownWrongAndInactive_HaveOneAnswer()
    {
        await _console.ChangeUserAsync("bob", user => user.Status = UserStatus.Suspended);
        await _console.Services.GetRequiredService<CreateUser>().RunAsync(new("cyd"), CancellationToken.None);
        using var browser = _console.Open();
        await browser.OpenAsync("/ui/login");
        var pages = new List<string>();
        var answers = new List<string>();
        foreach (
            var (name, password) in new[]
            {
                ("nemo", ConsoleHost.Password),
                ("ada", "wrong"),
                ("ada", new string('x', 60_000)),
                ("bob", ConsoleHost.Password),
                ("cyd", ConsoleHost.Password),
            }
        )
        {
            var page = await LogInAsync(browser, name, "", password);
            Assert.Equal(401, page.Status);
            pages.Add(TokenValue().Replace(page.Text.Replace($"value=\"{name}\"", "", StringComparison.Ordinal), ""));
            answers.Add((await browser.LogInAsync(name, password)).Text);
        }

        Assert.Single(pages.Distinct());
        Assert.Single(answers.Distinct());
        Assert.DoesNotContain(Cookie, browser.Cookies.Keys);
    }

    /// <summary>Seed D15: guesses were not limited.</summary>
    [Fact]
    public async Task D15_ManyGuesses_AreThrottled_WithATime()
    {
        using var browser = _console.Open();
        for (var guess = 0; guess < 10; guess++)
        {
            Assert.Equal("401 invalid_login", (await browser.LogInAsync("ada", $"wrong {guess}")).Problem);
        }

        var throttled = await browser.LogInAsync("ada", ConsoleHost.Password);
        Assert.Equal("429 login_throttled", throttled.Problem);
        Assert.InRange(int.Parse(throttled.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 900);
        await browser.OpenAsync("/ui/login");
        var page = await LogInAsync(browser, "ada", "");
        Assert.Equal(429, page.Status);
        Assert.NotNull(page.Header("Retry-After"));
        Assert.DoesNotContain(Cookie, browser.Cookies.Keys);
    }

    /// <summary>Seed D26: browsers got JSON, programs a page.</summary>
    [Fact]
    public async Task D26_PagesForBrowsers_ProblemsForPrograms()
    {
        using var browser = await _console.LoggedInAsync("bob");
        foreach (var (path, status) in new[] { ("/ui/test/admin", 403), ("/ui/unknown", 404), ("/ui/test/fault", 500), ("/ui/error", 404) })
        {
            var page = await browser.GetAsync(path);
            Assert.Equal((status, "text/html"), (page.Status, page.ContentHeaders.ContentType?.MediaType));
            Assert.Contains("<h1>", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("secret-detail", page.Text, StringComparison.Ordinal);
        }

        foreach (
            var (path, problem) in new[]
            {
                ("/api/test/admin", "403 admin_required"),
                ("/api/unknown", "404 not_found"),
                ("/api/test/fault", "500 internal_error"),
                ("/auth/login", "405 method_not_allowed"),
            }
        )
        {
            var answer = await browser.GetAsync(path);
            Assert.Equal((problem, "application/problem+json"), (answer.Problem, answer.ContentHeaders.ContentType?.MediaType));
            Assert.DoesNotContain("secret-detail", answer.Text, StringComparison.Ordinal);
        }
    }

    /// <summary>Seeds D27 and D28: secrets were cached, and no header limited what a page may do.</summary>
    [Fact]
    public async Task D27_D28_EveryAnswer_HasItsHeaders_AndIsNotCached()
    {
        using var browser = await _console.LoggedInAsync("bob");
        foreach (
            var path in new[]
            {
                "/",
                "/ui/login",
                "/ui/set-password",
                "/ui/unknown",
                "/ui/test/fault",
                "/ui/test/admin",
                "/auth/me",
                "/api/unknown",
                "/api/test/fault",
            }
        )
        {
            var answer = await browser.GetAsync(path);
            var csp = answer.Header("Content-Security-Policy") ?? "";
            foreach (
                var part in new[]
                {
                    "default-src 'none'",
                    "script-src 'self'",
                    "style-src 'self' 'nonce-",
                    "img-src 'self' data:",
                    "font-src 'self'",
                    "form-action 'self'",
                    "frame-ancestors 'none'",
                    "base-uri 'none'",
                }
            )
            {
                Assert.True(csp.Contains(part, StringComparison.Ordinal), $"{path}: {csp}");
            }

            Assert.DoesNotContain("unsafe", csp, StringComparison.Ordinal);
            Assert.True(answer.Header("Cache-Control")?.Contains("no-store", StringComparison.Ordinal), path);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal("same-origin", answer.Header("Referrer-Policy"));
            Assert.Equal("same-origin", answer.Header("Cross-Origin-Opener-Policy"));
            Assert.Equal("same-origin", answer.Header("Cross-Origin-Resource-Policy"));
            Assert.NotNull(answer.Header("Permissions-Policy"));
            Assert.Null(answer.Header("Strict-Transport-Security"));
            Assert.Null(answer.Header("Server"));
        }

        Assert.Equal("no-referrer", (await browser.GetAsync("/device")).Header("Referrer-Policy"));
    }

    [Fact]
    public async Task FormOfAnEndedSession_IsKept_ForItsPerson()
    {
        using var browser = await _console.LoggedInAsync("bob");
        await browser.OpenAsync("/ui/set-password");
        await EndAsync();
        var fields = new Dictionary<string, string>
        {
            ["label"] = "<b>my key</b>",
            ["scopes"] = "a",
            ["current"] = "old secret",
            ["password"] = "new secret",
        };
        var ended = await browser.PostFormAsync("/ui/test/session?handler=create", fields);

        Assert.Equal(401, ended.Status);
        Assert.Contains("Your session has ended", ended.Text, StringComparison.Ordinal);
        var draft = DraftField().Match(ended.Text).Groups[1].Value;
        Assert.NotEmpty(draft);
        Assert.DoesNotContain("my key", ended.Text, StringComparison.Ordinal);

        // The draft of another person is not shown.
        using var other = _console.Open();
        await other.OpenAsync("/ui/login");
        var stranger = await LogInAsync(other, "ada", "", ConsoleHost.Password, draft);
        Assert.Equal((303, "/ui/me"), Redirect(stranger));

        await browser.OpenAsync("/ui/login");
        var again = await LogInAsync(browser, "bob", "", ConsoleHost.Password, draft);
        Assert.Equal(200, again.Status);
        Assert.Contains("action=\"/ui/test/session?handler=create\"", again.Text, StringComparison.Ordinal);
        Assert.Contains(WebUtility.HtmlEncode("<b>my key</b>"), again.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret\"", again.Text, StringComparison.Ordinal);

        browser.Token = TokenOf().Matches(again.Text).Last().Groups[1].Value;
        Assert.Equal(200, (await browser.PostFormAsync("/ui/test/session?handler=create", new() { ["label"] = "my key" })).Status);
    }

    [Fact]
    public async Task ForeignForm_FillsInNothing()
    {
        using var browser = await _console.LoggedInAsync("bob");
        await EndAsync();
        var answer = await browser.PostFormAsync("/ui/test/session", new() { ["label"] = "x" }, ("Origin", "https://evil.example"));

        Assert.Equal(401, answer.Status);
        Assert.Empty(DraftField().Match(answer.Text).Value);
    }

    [Fact]
    public async Task LargeBody_IsRefused()
    {
        using var browser = await _console.LoggedInAsync("bob");
        var large = new string('x', 64 * 1024);

        Assert.Equal(
            "413 content_too_large",
            (await browser.PostJsonAsync("/auth/login", new { username = large, password = "x" })).Problem
        );
        Assert.Equal(413, (await browser.PostFormAsync("/ui/login", new() { ["name"] = large })).Status);
    }

    [Fact]
    public async Task WithoutTheStore_PagesAndProblemsAre503_AndNobodyIsLoggedIn()
    {
        using var browser = await _console.LoggedInAsync("bob");
        await using (var context = _console.Store.Open())
        {
            await context.Database.ExecuteSqlRawAsync("ALTER TABLE Sessions RENAME TO SessionsAway");
        }

        var page = await browser.GetAsync("/ui/test/session");
        var problem = await browser.GetAsync("/auth/me");
        await using (var context = _console.Store.Open())
        {
            await context.Database.ExecuteSqlRawAsync("ALTER TABLE SessionsAway RENAME TO Sessions");
        }

        Assert.Equal((503, "text/html"), (page.Status, page.ContentHeaders.ContentType?.MediaType));
        Assert.NotNull(page.Header("Retry-After"));
        Assert.Equal("503 store_unavailable", problem.Problem);
        Assert.NotNull(problem.Header("Retry-After"));
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
    }

    private static (int, string?) Redirect(WebAnswer answer) => (answer.Status, answer.Location);

    private static Task<WebAnswer> LogInAsync(
        WebBrowser browser,
        string name,
        string path,
        string password = ConsoleHost.Password,
        string? draft = null
    )
    {
        var fields = new Dictionary<string, string>
        {
            ["name"] = name,
            ["password"] = password,
            ["return"] = path,
        };
        if (draft is not null)
        {
            fields["draft"] = draft;
        }

        return browser.PostFormAsync("/ui/login", fields);
    }

    private async Task EndAsync()
    {
        await using var context = _console.Store.Open();
        await context.Sessions.ExecuteUpdateAsync(set => set.SetProperty(session => session.EndedAt, DateTimeOffset.UtcNow));
    }

    [GeneratedRegex("name=\"draft\" value=\"([^\"]+)\"")]
    private static partial Regex DraftField();

    [GeneratedRegex("name=\"csrf_token\"[^>]*")]
    private static partial Regex TokenValue();

    [GeneratedRegex("name=\"csrf_token\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex TokenOf();
}

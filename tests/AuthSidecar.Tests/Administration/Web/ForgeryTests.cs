using System.Net.Http.Json;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>Requests that another site could cause, and requests that name another host.</summary>
public sealed class ForgeryTests(ForgeryTests.Fixture fixture) : IClassFixture<ForgeryTests.Fixture>
{
    private ConsoleHost Console => fixture.Console;
    private string Origin => Console.Address.GetLeftPart(UriPartial.Authority);

    /// <summary>Seed D16: only the pages were protected, not the JSON endpoints.</summary>
    [Theory]
    [InlineData("POST", "/auth/reauthenticate")]
    [InlineData("POST", "/auth/password")]
    [InlineData("POST", "/auth/logout")]
    [InlineData("POST", "/ui/logout")]
    [InlineData("POST", "/ui/set-password")]
    [InlineData("DELETE", "/test/session")]
    [InlineData("PUT", "/test/session")]
    [InlineData("PATCH", "/test/session")]
    public async Task D16_EveryUnsafeMethod_NeedsTheToken(string method, string path)
    {
        using var browser = await Console.LoggedInAsync("bob");
        path = path.Replace("/test/", "/api/test/", StringComparison.Ordinal);
        var without = await browser.SendAsync(new(method), path, JsonContent.Create(new { }));
        var wrong = await browser.SendAsync(new(method), path, JsonContent.Create(new { }), ("X-CSRF-Token", "CfDJ8wrong"));
        var alive = await browser.GetAsync("/auth/me");

        Assert.All([without, wrong], answer =>
            Assert.True(
                answer.Status == 403
                    && (
                        answer.Text.Contains("csrf_failed", StringComparison.Ordinal)
                        || answer.Text.Contains("out of date", StringComparison.Ordinal)
                    ),
                $"{answer.Status} {answer.Text}"
            )
        );
        Assert.Equal(200, alive.Status);
    }

    [Fact]
    public async Task Token_InHeaderOrField_Passes()
    {
        using var browser = await Console.LoggedInAsync("bob");

        Assert.Equal(200, (await browser.SendAsync(HttpMethod.Delete, "/api/test/session", null, browser.WithToken())).Status);
        Assert.Equal(
            200,
            (
                await browser.SendAsync(
                    HttpMethod.Delete,
                    "/api/test/session",
                    null,
                    browser.WithToken(("Origin", Origin), ("Sec-Fetch-Site", "same-origin"))
                )
            ).Status
        );
        Assert.Equal(303, (await browser.PostFormAsync("/ui/logout", [], ("Origin", Origin))).Status);
        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
    }

    /// <summary>Seed D17: a token of any session was accepted in every other.</summary>
    [Fact]
    public async Task D17_TokenOfAnotherSession_IsRefused()
    {
        using var browser = await Console.LoggedInAsync("bob");
        using var same = await Console.LoggedInAsync("bob");
        using var other = await Console.LoggedInAsync("ada");
        using var anonymous = Console.Open();
        await anonymous.OpenAsync("/ui/login");
        foreach (var stranger in new[] { same, other, anonymous })
        {
            // With its cookie too, as an attacker with a subdomain could set it.
            browser.Cookies["__Host-authsidecar-csrf"] = stranger.Cookies["__Host-authsidecar-csrf"];
            var answer = await browser.SendAsync(HttpMethod.Delete, "/api/test/session", null, ("X-CSRF-Token", stranger.Token!));
            Assert.Equal("403 csrf_failed", answer.Problem);
        }
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task ForeignOrigin_IsRefused_AlsoWithTheToken(string header, string value)
    {
        using var browser = await Console.LoggedInAsync("bob");
        var changed = await browser.SendAsync(HttpMethod.Delete, "/api/test/session", null, browser.WithToken((header, value)));
        using var fresh = Console.Open();
        var login = await fresh.PostJsonAsync("/auth/login", new { username = "bob", password = ConsoleHost.Password }, (header, value));
        await fresh.OpenAsync("/ui/login");
        var form = await fresh.PostFormAsync("/ui/login", new() { ["name"] = "bob", ["password"] = ConsoleHost.Password }, (header, value));

        Assert.Equal("403 csrf_failed", changed.Problem);
        Assert.Equal("403 csrf_failed", login.Problem);
        Assert.Equal(403, form.Status);
        Assert.DoesNotContain("__Host-authsidecar-session", fresh.Cookies.Keys);
    }

    /// <summary>A foreign form can send no JSON, and a login with a form needs a token of this browser.</summary>
    [Fact]
    public async Task Login_CannotBeForged()
    {
        using var browser = Console.Open();
        var text = await browser.SendAsync(
            HttpMethod.Post,
            "/auth/login",
            new StringContent($$"""{"username":"bob","password":"{{ConsoleHost.Password}}"}""", null, "text/plain")
        );
        var form = await browser.PostFormAsync("/ui/login", new() { ["name"] = "bob", ["password"] = ConsoleHost.Password });

        Assert.Equal("415 unsupported_media_type", text.Problem);
        Assert.Equal(403, form.Status);
        Assert.DoesNotContain("__Host-authsidecar-session", browser.Cookies.Keys);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"username":"bob"}""")]
    [InlineData("""{"username":null,"password":"x"}""")]
    [InlineData("""{"username":"bob","password":1}""")]
    [InlineData("""{"username":"bob","password":"x","more":1}""")]
    [InlineData("""{"username":"bob","username":"ada","password":"x"}""")]
    public async Task LoginBody_IsReadStrictly(string body)
    {
        using var browser = Console.Open();

        Assert.Equal(
            "400 invalid_argument",
            (await browser.SendAsync(HttpMethod.Post, "/auth/login", new StringContent(body, null, "application/json"))).Problem
        );
    }

    [Fact]
    public async Task CookieBesideAKey_HasNoAuthority()
    {
        using var browser = await Console.LoggedInAsync("ada");
        foreach (
            var header in new[]
            {
                ("Authorization", "Bearer ask_000000000000_00000000000000000000000000000000000000"),
                ("Authorization", "Bearer two words"),
                ("X-Api-Key", "x"),
            }
        )
        {
            var answer = await browser.GetAsync("/api/test/session", header);
            Assert.True(answer.Status is 401, $"{header} {answer.Status} {answer.Text}");
        }

        // Browsers send these by themselves to a proxy that asks for them.
        foreach (var proxy in new[] { "Basic YTpi", "Negotiate x", "Digest username=\"a\"" })
        {
            Assert.Equal(200, (await browser.GetAsync("/api/test/session", ("Authorization", proxy))).Status);
        }

        Assert.Equal("403 session_required", (await browser.GetAsync("/api/test/session", ("X-Api-Key", fixture.ManageKey))).Problem);

        // A key needs no token, and takes none of the cookie's rights.
        Assert.Equal(200, (await browser.SendAsync(HttpMethod.Delete, "/api/test/admin", null, ("X-Api-Key", fixture.ManageKey))).Status);
    }

    /// <summary>A page of another site, or of a name that it lets point here, may send any header to an endpoint without keys.</summary>
    [Theory]
    [InlineData("X-Api-Key", "x")]
    [InlineData("X-Api-Key", "")]
    [InlineData("Authorization", "Bearer x")]
    [InlineData("Authorization", "Digest x")]
    [InlineData("Authorization", "Negotiate x")]
    public async Task Key_ExemptsNoEndpointThatReadsNone(string header, string value)
    {
        using var browser = Console.Open();
        var body = new { username = "bob", password = ConsoleHost.Password };
        var host = await browser.PostJsonAsync("/auth/login", body, (header, value), ("Host", "evil.example"));
        var origin = await browser.PostJsonAsync("/auth/login", body, (header, value), ("Origin", "https://evil.example"));
        var form = new Dictionary<string, string> { ["name"] = "bob", ["password"] = ConsoleHost.Password };
        var page = await browser.PostFormAsync("/ui/login", form, (header, value));

        Assert.Equal("421 misdirected_request", host.Problem);
        Assert.Equal("403 csrf_failed", origin.Problem);
        Assert.Equal(403, page.Status);
        Assert.DoesNotContain("__Host-authsidecar-session", browser.Cookies.Keys);
    }

    [Theory]
    [InlineData("X-Api-Key", "")]
    [InlineData("Authorization", "Negotiate x")]
    public async Task HeaderThatIsNoKey_ReplacesNoToken(string header, string value)
    {
        using var browser = await Console.LoggedInAsync("bob");

        var changed = await browser.SendAsync(HttpMethod.Delete, "/api/test/session", null, (header, value));
        var read = await browser.GetAsync("/api/test/session", (header, value), ("Host", "evil.example"));

        Assert.Equal(("403 csrf_failed", "421 misdirected_request"), (changed.Problem, read.Problem));
    }

    /// <summary>Opened in one tab; then the person logged in anew in another, which ended the form's session.</summary>
    [Fact]
    public async Task FormOfAnEarlierSession_IsKept_IfItIsOurOwn()
    {
        using var browser = await Console.LoggedInAsync("bob");
        var old = browser.Token!;
        await browser.LogInAsync("bob", ConsoleHost.Password);
        var form = new Dictionary<string, string> { ["label"] = "my long text", ["csrf_token"] = old };

        var kept = await browser.PostFormAsync("/ui/test/session?handler=create", form, ("Origin", Origin));
        Assert.Equal(403, kept.Status);
        Assert.Contains("Send your form now?", kept.Text, StringComparison.Ordinal);
        Assert.Contains("You signed in as bob after", kept.Text, StringComparison.Ordinal);
        Assert.Contains("name=\"label\" value=\"my long text\"", kept.Text, StringComparison.Ordinal);
        Assert.Contains("action=\"/ui/test/session?handler=create\"", kept.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(old, kept.Text, StringComparison.Ordinal);
        var fresh = System.Text.RegularExpressions.Regex.Matches(kept.Text, "name=\"csrf_token\" type=\"hidden\" value=\"([^\"]+)\"");
        browser.Token = fresh[^1].Groups[1].Value;
        Assert.Equal(200, (await browser.PostFormAsync("/ui/test/session?handler=create", new() { ["label"] = "x" })).Status);

        foreach (var header in new[] { ("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-site"), ("X-None", "x") })
        {
            var foreign = await browser.PostFormAsync("/ui/test/session", form, header);
            Assert.Equal(403, foreign.Status);
            Assert.DoesNotContain("my long text", foreign.Text, StringComparison.Ordinal);
        }

        Assert.Equal((303, "/ui/me"), ((await browser.GetAsync("/ui/resend")) is var alone ? (alone.Status, alone.Location) : default));
    }

    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("evil.example:{port}", 421)]
    [InlineData("localhost.evil.example:{port}", 421)]
    [InlineData("127.0.0.1:1", 421)]
    [InlineData("127.1:{port}", 421)]
    [InlineData("2130706433:{port}", 421)]
    [InlineData("127.0.0.2:{port}", 200)]
    [InlineData("localhost:{port}", 200)]
    [InlineData("[::1]:{port}", 200)]
    [InlineData("LOCALHOST:{port}", 200)]
    [InlineData("keys.example.com", 200)]
    [InlineData("keys.example.com:443", 200)]
    [InlineData("keys.example.com:444", 421)]
    [InlineData("akeys.example.com", 421)]
    public async Task Host_MustNameTheConsole(string host, int status)
    {
        using var browser = Console.Open();
        var sent = host.Replace("{port}", $"{Console.Address.Port}", StringComparison.Ordinal);
        var page = await browser.GetAsync("/ui/login", ("Host", sent));
        var api = await browser.GetAsync("/auth/me", ("Host", sent));

        Assert.Equal(status, page.Status);
        Assert.Equal(status == 200 ? 401 : 421, api.Status);
        Assert.Contains(status == 200 ? "Sign in" : "This console has another address", page.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await browser.GetAsync("/api/test/admin", ("Host", sent), ("X-Api-Key", fixture.ManageKey))).Status);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal ConsoleHost Console { get; private set; } = null!;
        internal string ManageKey { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Console = await ConsoleHost.StartAsync(
                settings =>
                    settings[nameof(Console)] = new System.Text.Json.Nodes.JsonObject
                    {
                        ["PublicUrl"] = "https://keys.example.com",
                        ["MaxSessions"] = 100,
                    },
                replace: TestEndpoints.Add
            );
            await Console.AddPersonAsync("ada", AuthSidecar.Platform.Storage.UserRole.Admin);
            await Console.AddPersonAsync("bob");
            ManageKey = await Console.AddKeyAsync("ada", "manage");
        }

        public async Task DisposeAsync() => await Console.DisposeAsync();
    }
}

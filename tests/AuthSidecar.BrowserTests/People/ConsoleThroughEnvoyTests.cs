using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;

namespace AuthSidecar.BrowserTests.People;

/// <summary>Chromium at a console behind each Envoy with TLS, and pages of another site in the same browser.</summary>
public sealed class ConsoleThroughEnvoyTests
{
    private const string Console = $"https://{ConsoleEdge.Host}";
    private const string Foreign = "https://evil.example";

    /// <summary>Forms and scripts of the other site; each is one attempt.</summary>
    private static readonly string[] _attempts =
    [
        Form("/ui/logout", "application/x-www-form-urlencoded", "<input name=a value=b>"),
        Form("/auth/logout", "text/plain", "<input name='{\"a\":\"' value='\"}'>"),
        Form(
            "/ui/login",
            "application/x-www-form-urlencoded",
            $"<input name=name value=mallory><input name=password value='{ConsoleHost.Password}'>"
        ),
        Form(
            "/auth/login",
            "text/plain",
            $"<input name='{{\"username\":\"mallory\",\"password\":\"{ConsoleHost.Password}\",\"a\":\"' value='\"}}'>"
        ),
        Fetch("/auth/logout", "POST", "text/plain", "no-cors"),
        Fetch("/auth/login", "POST", "application/json", "cors"),
        Fetch("/api/me/api-keys", "POST", "text/plain", "no-cors"),
        Fetch("/api/me/api-keys", "POST", "application/json", "cors"),
        Fetch("/api/me/sessions", "DELETE", "application/json", "cors"),
    ];

    [RequiresTheory("chromium"), NewestEnvoy, OldestEnvoy]
    public async Task AForeignPage_ChangesNothing(EnvoyRelease release)
    {
        await using var site = await Site.StartAsync(release);
        await site.Edge.Console.AddPersonAsync("alice");
        await site.Edge.Console.AddPersonAsync("mallory");
        var page = await site.SignInAsync("alice");
        var cookies = await page.Context.CookiesAsync();
        Assert.Contains(cookies, cookie => cookie.Name == "__Host-authsidecar-session");
        Assert.All(cookies, cookie => Assert.True(cookie is { Secure: true, HttpOnly: true } && cookie.Name.StartsWith("__Host-")));
        var before = await StateAsync(site.Edge.Console.Store);

        foreach (var attempt in _attempts)
        {
            var foreign = await page.Context.NewPageAsync();
            await foreign.RouteAsync($"{Foreign}/**", route => route.FulfillAsync(new() { ContentType = "text/html", Body = attempt }));
            await foreign.GotoAsync(Foreign + "/", new() { WaitUntil = WaitUntilState.Load });
            await foreign.WaitForFunctionAsync("() => location.origin !== 'https://evil.example' || window.result !== undefined");
            Assert.DoesNotContain("read", await foreign.EvaluateAsync<string>("() => window.result ?? ''"), StringComparison.Ordinal);
            await foreign.CloseAsync();
        }

        Assert.Equal(before, await StateAsync(site.Edge.Console.Store));
        await page.GotoAsync(Console + "/auth/me");
        Assert.Contains("\"name\":\"alice\"", await page.InnerTextAsync("body"), StringComparison.Ordinal);

        // The attempts reached the console: the browser alone did not stop them.
        foreach (var refused in (string[])["POST /ui/login 403", "POST /auth/login 415", "POST /api/me/api-keys 401"])
        {
            await site.Edge.WaitForLogAsync(refused);
        }
    }

    [RequiresTheory("chromium"), NewestEnvoy, OldestEnvoy]
    public async Task Pages_KeepThePolicy_AndTheListenerSeesWhatBreaksIt(EnvoyRelease release)
    {
        await using var site = await Site.StartAsync(release);
        await site.Edge.Console.AddPersonAsync("alice", UserRole.Admin);
        var page = await site.SignInAsync("alice");
        foreach (var path in (string[])["/ui/login", "/ui/me", "/ui/reauthenticate", "/ui/set-password", "/ui/none"])
        {
            await page.GotoAsync(Console + path);
            Assert.Equal((path, 0), (path, await page.EvaluateAsync<int>("() => window.violations.length")));
        }

        await page.EvaluateAsync(
            "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); }"
        );
        await page.WaitForFunctionAsync("() => window.violations.length === 1");
        Assert.False(await page.EvaluateAsync<bool>("() => 'ran' in window"));
    }

    private static string Form(string path, string type, string fields) =>
        $"<!doctype html><form method=post enctype='{type}' action='{Console}{path}'>{fields}</form><script>document.forms[0].submit()</script>";

    private static string Fetch(string path, string method, string type, string mode) =>
        $$"""
            <!doctype html><script>
            fetch('{{Console}}{{path}}', { method: '{{method}}', mode: '{{mode}}', credentials: 'include', body: '{}', headers: { 'Content-Type': '{{type}}' } })
              .then(answer => answer.text()).then(text => window.result = text ? 'read' : 'opaque', () => window.result = 'blocked')
            </script>
            """;

    private static async Task<string> StateAsync(Store store)
    {
        await using var context = store.Open();
        var sessions = await context.Sessions.OrderBy(session => session.Id).ToListAsync();
        return string.Join(' ', sessions.Select(session => $"{session.Id} {session.EndedAt}"))
            + $" keys {await context.ApiKeys.CountAsync()} audit {await context.AuditEvents.CountAsync()}";
    }

    private sealed class Site(ConsoleEdge edge, IPlaywright driver, IBrowser browser) : IAsyncDisposable
    {
        public ConsoleEdge Edge => edge;

        public static async Task<Site> StartAsync(EnvoyRelease release)
        {
            var console = await ConsoleHost.StartAsync(settings => ConsoleEdge.Settings(settings, "127.0.0.1"));
            var edge = await ConsoleEdge.StartAsync(release, console);
            var driver = await Playwright.CreateAsync();
            var browser = await driver.Chromium.LaunchAsync(
                new()
                {
                    ExecutablePath = Chromium.Path,
                    Args =
                    [
                        "--no-sandbox",
                        $"--ignore-certificate-errors-spki-list={edge.ServerKeyHash}",
                        $"--host-resolver-rules=MAP {ConsoleEdge.Host}:443 127.0.0.1:{edge.HttpsPort}",
                        // The console is on this machine only in the test.
                        "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
                    ],
                }
            );
            return new(edge, driver, browser);
        }

        public async Task<IPage> SignInAsync(string name)
        {
            var context = await browser.NewContextAsync();
            await context.AddInitScriptAsync(
                "window.violations = []; document.addEventListener('securitypolicyviolation', event => window.violations.push(event.blockedURI))"
            );
            var page = await context.NewPageAsync();
            await page.GotoAsync(Console + "/ui/login");
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
            await page.GetByLabel("Password", new() { Exact = true }).FillAsync(ConsoleHost.Password);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await Assertions.Expect(page).Not.ToHaveURLAsync(Console + "/ui/login");
            return page;
        }

        public async ValueTask DisposeAsync()
        {
            await browser.DisposeAsync();
            driver.Dispose();
            await edge.DisposeAsync();
        }
    }
}

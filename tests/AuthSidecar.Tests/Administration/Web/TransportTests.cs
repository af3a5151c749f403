using System.Text.Json.Nodes;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>TLS, proxies, other origins, replicas and peppers.</summary>
public sealed class TransportTests
{
    private const string Cookie = "__Host-authsidecar-session";

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task RoutableConsole_SpeaksTls_WithoutAskingForACertificate(string version)
    {
        using var authority = new TestAuthority("console");
        using var sandbox = new SidecarSandbox();
        var (certificate, key, ca) = (
            Path.Combine(sandbox.Root, "c.pem"),
            Path.Combine(sandbox.Root, "k.pem"),
            Path.Combine(sandbox.Root, "ca.pem")
        );
        authority.WriteServer(certificate, key);
        await File.WriteAllTextAsync(ca, authority.Pem);
        await using var console = await ConsoleHost.StartAsync(
            settings =>
            {
                settings["Listen"]!["Console"] = "http://0.0.0.0:0";
                settings["Listen"]!["Tls"] = new JsonObject
                {
                    ["Certificate"] = certificate,
                    ["Key"] = key,
                    ["ClientCa"] = ca,
                };
            },
            sandbox: sandbox
        );
        await console.AddPersonAsync("ada");
        using var browser = console.Open(authority);
        browser.Http = new(version);

        var login = await browser.LogInAsync("ada", ConsoleHost.Password);

        Assert.Equal(("https", 200), (console.Address.Scheme, login.Status));
        var origin = console.Address.GetLeftPart(UriPartial.Authority);
        Assert.Equal(
            200,
            (await browser.PostJsonAsync("/auth/logout", new { }, ("Origin", origin), ("Sec-Fetch-Site", "same-origin"))).Status
        );
        Assert.Equal(
            "403 csrf_failed",
            (
                await browser.PostJsonAsync(
                    "/auth/login",
                    new { username = "a", password = "b" },
                    ("Origin", origin.Replace("https", "http", StringComparison.Ordinal))
                )
            ).Problem
        );
    }

    [Fact]
    public async Task ClientAddress_IsThatOfTrustedProxiesOnly()
    {
        await using var trusting = await ConsoleHost.StartAsync(settings =>
            settings["Console"] = new JsonObject { ["TrustedProxies"] = new JsonArray("127.0.0.0/8", "10.1.0.0/16") }
        );
        await using var alone = await ConsoleHost.StartAsync();
        foreach (
            var (console, headers, expected) in new (ConsoleHost, (string, string)[], string)[]
            {
                (trusting, [], "127.0.0.1"),
                (trusting, [("X-Forwarded-For", "203.0.113.7")], "203.0.113.7"),
                (trusting, [("X-Forwarded-For", "198.51.100.1, 203.0.113.7, 10.1.2.3")], "203.0.113.7"),
                (trusting, [("X-Forwarded-For", "203.0.113.7"), ("x-envoy-external-address", "203.0.113.9")], "203.0.113.7"),
                (trusting, [("x-envoy-external-address", "203.0.113.9")], "203.0.113.9"),
                (trusting, [("x-envoy-external-address", "nonsense")], "127.0.0.1"),
                (trusting, [("x-envoy-external-address", "203.0.113.9, 198.51.100.1")], "127.0.0.1"),
                (alone, [("x-envoy-external-address", "203.0.113.9")], "127.0.0.1"),
                (trusting, [("X-Forwarded-For", "10.1.2.3, nonsense, 203.0.113.7")], "203.0.113.7"),
                (alone, [("X-Forwarded-For", "203.0.113.7"), ("x-envoy-external-address", "203.0.113.9")], "127.0.0.1"),
            }
        )
        {
            if (!await HasPersonAsync(console))
            {
                await console.AddPersonAsync("ada");
            }

            using var browser = console.Open();
            var answer = await browser.PostJsonAsync("/auth/login", new { username = "ada", password = ConsoleHost.Password }, headers);
            await using var context = console.Store.Open();
            var last = await context.Sessions.OrderByDescending(session => session.CreatedAt).FirstAsync();

            Assert.Equal((200, expected), (answer.Status, last.Address));
        }
    }

    /// <summary>A proxy that passes a header through lets the client write it.</summary>
    [Fact]
    public async Task ForgedAddresses_ThroughATrustedProxy_DoNotEscapeTheThrottle()
    {
        await using var console = await ConsoleHost.StartAsync(settings =>
            settings["Console"] = new JsonObject { ["TrustedProxies"] = new JsonArray("127.0.0.0/8") }
        );
        using var browser = console.Open();
        Task<WebAnswer> GuessAsync(int guess) =>
            browser.PostJsonAsync(
                "/auth/login",
                new { username = "ada", password = "wrong" },
                ("X-Forwarded-For", $"198.51.100.{guess}, 203.0.113.7"),
                ("x-envoy-external-address", $"198.51.100.{guess}"),
                ("Forwarded", $"for=198.51.100.{guess}"),
                ("X-Real-IP", $"198.51.100.{guess}")
            );
        for (var guess = 0; guess < 10; guess++)
        {
            Assert.Equal("401 invalid_login", (await GuessAsync(guess)).Problem);
        }

        Assert.Equal("429 login_throttled", (await GuessAsync(10)).Problem);
    }

    [Fact]
    public async Task GuessesInASession_AreThrottledByName_OnRoutesAndPages()
    {
        await using var console = await ConsoleHost.StartAsync();
        await console.AddPersonAsync("ada");
        using var browser = await console.LoggedInAsync("ada");
        var throttle = console.Services.GetRequiredService<LoginThrottle>();
        for (var guess = 0; guess < 100; guess++)
        {
            await throttle.CountAsync("ada", $"203.0.113.{guess}", knownBrowser: true);
        }

        var change = new Dictionary<string, string> { ["current"] = ConsoleHost.Password, ["new"] = "nine pale wooden ladders" };
        var again = new Dictionary<string, string> { ["password"] = ConsoleHost.Password };
        WebAnswer[] answers =
        [
            await browser.PostJsonAsync("/auth/reauthenticate", again),
            await browser.PostJsonAsync("/auth/password", change),
            await browser.PostFormAsync("/ui/reauthenticate", again),
            await browser.PostFormAsync("/ui/set-password", change),
        ];

        Assert.All(answers, answer => Assert.Equal((429, true), (answer.Status, answer.Header("Retry-After") is not null)));
    }

    [Fact]
    public async Task Https_OfATrustedProxy_IsTheSchemeOfTheBrowser()
    {
        await using var console = await ConsoleHost.StartAsync(settings =>
            settings["Console"] = new JsonObject
            {
                ["TrustedProxies"] = new JsonArray("127.0.0.1"),
                ["PublicUrl"] = "https://keys.example.com",
            }
        );
        await console.AddPersonAsync("ada");
        using var browser = console.Open();
        var answer = await browser.PostJsonAsync(
            "/auth/login",
            new { username = "ada", password = ConsoleHost.Password },
            ("Host", "keys.example.com"),
            ("X-Forwarded-Proto", "https"),
            ("Origin", "https://keys.example.com"),
            ("Sec-Fetch-Site", "same-origin")
        );

        Assert.Equal(200, answer.Status);
        Assert.Equal("max-age=31536000", answer.Header("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Cors_IsForConfiguredOrigins_AndNeverWithCookies()
    {
        await using var console = await ConsoleHost.StartAsync(
            settings => settings["Console"] = new JsonObject { ["CorsOrigins"] = new JsonArray("https://app.example.com") },
            replace: TestEndpoints.Add
        );
        await console.AddPersonAsync("ada", UserRole.Admin);
        using var browser = await console.LoggedInAsync("ada");
        var key = await console.AddKeyAsync("ada", "manage");
        async Task<WebAnswer> PreflightAsync(string path, string origin) =>
            await browser.SendAsync(
                HttpMethod.Options,
                path,
                null,
                ("Origin", origin),
                ("Access-Control-Request-Method", "DELETE"),
                ("Access-Control-Request-Headers", "authorization")
            );

        var allowed = await PreflightAsync("/api/test/admin", "https://app.example.com");
        var read = await browser.GetAsync("/api/test/admin", ("Origin", "https://app.example.com"), ("Authorization", $"Bearer {key}"));

        Assert.Equal("https://app.example.com", allowed.Header("Access-Control-Allow-Origin"));
        Assert.Equal((200, "https://app.example.com"), (read.Status, read.Header("Access-Control-Allow-Origin")));
        Assert.Null(allowed.Header("Access-Control-Allow-Credentials"));
        Assert.Null(read.Header("Access-Control-Allow-Credentials"));
        Assert.Null(
            (await PreflightAsync("/api/test/admin", "https://app.example.com.evil.example")).Header("Access-Control-Allow-Origin")
        );
        Assert.Null((await PreflightAsync("/auth/login", "https://app.example.com")).Header("Access-Control-Allow-Origin"));
        Assert.Null((await PreflightAsync("/ui/login", "https://app.example.com")).Header("Access-Control-Allow-Origin"));
    }

    /// <summary>Seed D15 without its cure's own harm: strangers cannot lock a person out of their own browser.</summary>
    [Fact]
    public async Task KnownBrowser_PassesWhileItsNameIsThrottled()
    {
        await using var console = await ConsoleHost.StartAsync();
        await console.AddPersonAsync("ada");
        using var known = await console.LoggedInAsync("ada");
        var throttle = console.Services.GetRequiredService<LoginThrottle>();
        for (var guess = 0; guess < 110; guess++)
        {
            await throttle.CountAsync("ada", $"203.0.113.{guess}", knownBrowser: false);
        }

        using var stranger = console.Open();
        stranger.Cookies["__Host-authsidecar-browser"] = "forged";
        Assert.Equal("429 login_throttled", (await stranger.LogInAsync("ada", ConsoleHost.Password)).Problem);
        Assert.Equal(200, (await known.LogInAsync("ada", ConsoleHost.Password)).Status);
    }

    [Fact]
    public async Task Replicas_ShareTheRing_AndEndSessionsForEachOther()
    {
        using var sandbox = new SidecarSandbox();
        await using var first = await ConsoleHost.StartAsync(sandbox: sandbox);
        await using var second = await ConsoleHost.StartAsync(sandbox: sandbox);
        await first.AddPersonAsync("ada");
        using var browser = await first.LoggedInAsync("ada");
        using var elsewhere = second.Open();
        elsewhere.Cookies[Cookie] = browser.Cookies[Cookie];
        Assert.Equal(200, (await elsewhere.GetAsync("/auth/me")).Status);

        // A form of one, sent to the other.
        elsewhere.Cookies["__Host-authsidecar-csrf"] = browser.Cookies["__Host-authsidecar-csrf"];
        elsewhere.Token = browser.Token;
        Assert.Equal(200, (await elsewhere.PostJsonAsync("/auth/logout", new { })).Status);
        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);
    }

    [Fact]
    public async Task NewPepper_KeepsSessions_AndALostOneEndsThem()
    {
        using var sandbox = new SidecarSandbox();
        void Use(JsonObject settings, params string[] peppers) =>
            settings["Auth"]!["Peppers"] = new JsonArray([
                .. peppers.Select(pepper => (JsonNode)$"file:{sandbox.WriteSecret(pepper, $"{pepper}-0123456789abcdef0123456789abcdef")}"),
            ]);
        string cookie;
        await using (var console = await ConsoleHost.StartAsync(settings => Use(settings, "old"), sandbox: sandbox))
        {
            await console.AddPersonAsync("ada");
            using var browser = await console.LoggedInAsync("ada");
            cookie = browser.Cookies[Cookie];
            await using var context = console.Store.Open();
            Assert.All(await context.DataProtectionKeys.ToListAsync(), key =>
            {
                Assert.Contains("<sealed", key.Xml, StringComparison.Ordinal);
                Assert.DoesNotContain("<masterKey", key.Xml, StringComparison.Ordinal);
            });
        }

        Assert.Equal(200, await AskAsync("new", "old"));
        Assert.Equal(401, await AskAsync("new"));

        async Task<int> AskAsync(params string[] peppers)
        {
            await using var console = await ConsoleHost.StartAsync(settings => Use(settings, peppers), sandbox: sandbox);
            using var browser = console.Open();
            browser.Cookies[Cookie] = cookie;
            var status = (await browser.GetAsync("/auth/me")).Status;

            // The console works, whatever became of the ring.
            browser.Cookies.Clear();
            Assert.Equal(200, (await browser.LogInAsync("ada", ConsoleHost.Password)).Status);
            return status;
        }
    }

    private static async Task<bool> HasPersonAsync(ConsoleHost console)
    {
        await using var context = console.Store.Open();
        return await context.Users.AnyAsync();
    }
}

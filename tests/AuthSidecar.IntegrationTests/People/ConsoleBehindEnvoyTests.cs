using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>The console behind the shipped <c>envoy/console.yaml</c>, with TLS.</summary>
public sealed class ConsoleBehindEnvoyTests
{
    private const string Client = "127.0.0.7";

    private static readonly (string Name, string Value)[] _spoofed =
    [
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-Forwarded-Proto", "http"),
        ("X-Envoy-External-Address", "203.0.113.10"),
        ("Forwarded", "for=203.0.113.11"),
    ];

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task ALogin_OverHttps_HasSecureCookies_AndTheClientsOwnAddress(EnvoyRelease release)
    {
        await using var edge = await StartAsync(release, "127.0.0.1");
        await edge.Console.AddPersonAsync("alice");
        using var browser = edge.Open(Client);

        var answer = await browser.PostJsonAsync(
            "/auth/login",
            new { username = "alice", password = ConsoleHost.Password },
            [.. _spoofed, ("Origin", $"https://{ConsoleEdge.Host}"), ("Sec-Fetch-Site", "same-origin")]
        );

        Assert.True(answer.Status == 200, answer.Text);
        Assert.NotEmpty(browser.SetCookies);
        Assert.All(browser.SetCookies, cookie =>
        {
            Assert.StartsWith("__Host-", cookie, StringComparison.Ordinal);
            Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        });
        Assert.Equal("max-age=31536000", answer.Header("Strict-Transport-Security"));
        Assert.Equal(200, (await browser.GetAsync("/auth/me")).Status);
        Assert.Equal([Client], await AddressesAsync(edge.Console));
    }

    /// <summary>An address in a header counts only from a proxy that the settings name.</summary>
    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task HeadersOfOtherPeers_AreIgnored(EnvoyRelease release)
    {
        await using var edge = await StartAsync(release, "127.0.0.1");
        await edge.Console.AddPersonAsync("alice");
        using var direct = ConsoleEdge.Open(edge.Console.Address, edge.Console.Address.Port, "127.0.0.3");

        var answer = await direct.PostJsonAsync(
            "/auth/login",
            new { username = "alice", password = ConsoleHost.Password },
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Forwarded-Proto", "https"),
            ("X-Envoy-External-Address", "203.0.113.10")
        );

        Assert.True(answer.Status == 200, answer.Text);
        Assert.Null(answer.Header("Strict-Transport-Security"));
        Assert.Equal(["127.0.0.3"], await AddressesAsync(edge.Console));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task AProxyThatNoSettingNames_IsTheClient(EnvoyRelease release)
    {
        await using var edge = await StartAsync(release);
        await edge.Console.AddPersonAsync("alice");
        using var browser = edge.Open(Client);

        Assert.Equal(200, (await browser.LogInAsync("alice", ConsoleHost.Password)).Status);

        Assert.Equal(["127.0.0.1"], await AddressesAsync(edge.Console));
    }

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task OnlyPathsOfPeople_AreOutside_UnderThePublicName(EnvoyRelease release)
    {
        await using var edge = await StartAsync(release, "127.0.0.1");
        using var browser = edge.Open(Client);
        using var inside = new WebBrowser(edge.Console.Address);

        foreach (var path in new[] { "/metrics", "/readyz", "/livez", "/.well-known/jwks.json", "/ui/../metrics" })
        {
            Assert.Equal((path, 404), (path, (await browser.GetAsync(path)).Status));
        }

        Assert.Equal(400, (await browser.GetAsync("/ui/..%2fmetrics")).Status);
        Assert.Equal(200, (await inside.GetAsync("/readyz")).Status);
        Assert.Equal(303, (await browser.GetAsync("/")).Status);
        Assert.Equal(200, (await browser.GetAsync("/ui/login")).Status);
        Assert.Equal("421 misdirected_request", (await browser.GetAsync("/auth/me", ("Host", "evil.example"))).Problem);
        Assert.Equal(401, (await browser.GetAsync("/auth/me")).Status);

        using var http = edge.OpenHttp();
        var redirected = await http.GetAsync("/ui/login");
        Assert.Equal((301, $"https://{ConsoleEdge.Host}/ui/login"), (redirected.Status, redirected.Location));
        Assert.Null(redirected.Header("Strict-Transport-Security"));
    }

    private static async Task<ConsoleEdge> StartAsync(EnvoyRelease release, params string[] trusted) =>
        await ConsoleEdge.StartAsync(release, await ConsoleHost.StartAsync(settings => ConsoleEdge.Settings(settings, trusted)));

    private static async Task<List<string?>> AddressesAsync(ConsoleHost console)
    {
        await using var context = console.Store.Open();
        return await context.Sessions.Select(session => session.Address).ToListAsync();
    }
}

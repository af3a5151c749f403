using System.Globalization;
using System.Security.Claims;
using System.Text;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Web;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.IntegrationTests.Telemetry;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>Secrets of people, searched for in everything that the sidecar stores, writes, sends and shows.</summary>
public abstract partial class SecretSearchTests
{
    private const string First = "nine sober wooden ladles";
    private const string Second = "four unrelated lamps whisper";
    private const string Wrong = "eleven mistaken brass trumpets";
    private const string Keys = "/api/me/api-keys";
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly string[] _pages =
    [
        .. new[] { "", "/api-keys", "/sessions", "/requests", "/profile" }.Select(page => $"/ui/me{page}"),
        .. new[] { "", "/users", "/keys", "/requests", "/audit" }.Select(page => $"/ui/admin{page}"),
        .. new[] { "", "/api-keys", "/sessions", "/requests" }.Select(route => $"/api/me{route}"),
        .. new[] { "users", "keys", "audit" }.Select(route => $"/api/admin/{route}"),
        "/auth/me",
    ];

    private readonly List<(string Name, string Value)> _secrets =
    [
        ("password", First),
        ("new password", Second),
        ("wrong password", Wrong),
    ];
    private readonly List<(string Name, string Value)> _tokens = [];
    private readonly List<string> _cookies = [];
    private readonly StringBuilder _seen = new();
    private readonly StringBuilder _redirects = new();

    private protected abstract Task<string?> ConnectionAsync();
    private protected abstract string Tables { get; }

    [RequiresStoreFact]
    public async Task Secrets_AreNowhere_ButInTheAnswerThatShowsThem()
    {
        using var sandbox = await SandboxAsync(await ConnectionAsync());
        await using var collector = await Collector.StartAsync();
        await using var sidecar = await SidecarProcess.StartAsync(sandbox, arguments: $"--Telemetry:OtlpEndpoint={collector.Grpc}");
        using var browser = new WebBrowser(sidecar.Console);
        await LogInAsync(browser);
        await MakeKeysAsync(sidecar, browser);
        await ConnectDevicesAsync(sandbox, sidecar, browser);
        await EndSessionsAsync(sidecar, browser);
        var metrics = (await browser.GetAsync("/metrics")).Text;
        await Eventually.TrueAsync(() => Task.FromResult(collector.Spans.Count >= 2), "spans");
        sidecar.Terminate();
        Assert.Equal(0, await sidecar.ExitAsync());
        var store = await DumpAsync(sandbox);
        var places = new (string Name, string Text)[]
        {
            ("store", store),
            ("log", sidecar.Output + sidecar.Errors),
            ("metrics", metrics),
            ("telemetry", string.Join('\n', collector.Requests.Select(request => Encoding.Latin1.GetString(request.Message)))),
            ("redirects", _redirects.ToString()),
        };

        // What was searched holds what it should.
        Assert.All(["carol", "laptop", "session.created", "key.created", .. DeviceEvents], text =>
            Assert.Contains(text, store, StringComparison.Ordinal)
        );
        Assert.Contains("\"decision\":\"deny\"", sidecar.Output, StringComparison.Ordinal);
        Assert.Contains("authsidecar_console_logins_total", metrics, StringComparison.Ordinal);
        Assert.Contains("authsidecar_device_grants_total", metrics, StringComparison.Ordinal);
        Assert.Contains("/device/approve", _redirects.ToString(), StringComparison.Ordinal);
        Assert.Contains("laptop", _seen.ToString(), StringComparison.Ordinal);
        Assert.Empty(Found(_secrets, [.. places, ("answers", _seen.ToString())]));
        Assert.Empty(Found(_tokens, places));
    }

    private async Task LogInAsync(WebBrowser browser)
    {
        Seen(200, await browser.OpenAsync("/ui/login"));
        Keep(browser);
        Seen(401, await browser.PostFormAsync("/ui/login", new() { ["name"] = "carol", ["password"] = Wrong }));
        Seen(401, await browser.LogInAsync("carol", Wrong));
        Seen(400, await browser.PostJsonAsync("/auth/login", new Dictionary<string, string> { ["username"] = "carol", ["word"] = First }));
        Seen(200, await browser.LogInAsync("carol", First));
        Keep(browser);
        Seen(403, await browser.PostJsonAsync("/auth/reauthenticate", new { password = Wrong }));
        Seen(400, await ChangeAsync(Wrong, Second));
        Seen(400, await ChangeAsync(First, First));
        Seen(200, await ChangeAsync(First, Second));
        Seen(200, await browser.PostJsonAsync("/auth/logout", new { }));
        Seen(200, await browser.LogInAsync("carol", Second));
        Keep(browser);

        Task<WebAnswer> ChangeAsync(string current, string wanted) =>
            browser.PostJsonAsync("/auth/password", new Dictionary<string, string> { ["current"] = current, ["new"] = wanted });
    }

    private async Task MakeKeysAsync(SidecarProcess sidecar, WebBrowser browser)
    {
        var made = await browser.PostJsonAsync(Keys, new { name = "laptop" }, ("Idempotency-Key", "one"));
        var token = KeepKey(201, made);
        Seen(201, await browser.PostJsonAsync(Keys, new { name = "laptop" }, ("Idempotency-Key", "one")));
        var rotated = KeepKey(201, await browser.PostJsonAsync($"{Keys}/{made.Json["id"]}/rotate", new { grace = "1h" }));
        Seen(409, await browser.PostJsonAsync($"{Keys}/{made.Json["id"]}/rotate", new { grace = "1h" }));
        var page = await browser.OpenAsync("/ui/me/api-keys");
        Keep(browser);
        var form = new Dictionary<string, string>
        {
            ["Form"] = FormNumber().Match(page.Text).Groups[1].Value,
            ["Name"] = "desk",
            ["Scopes"] = "apps:run",
            ["Lifetime"] = "7776000",
        };
        var shown = KeepKey(200, await browser.PostFormAsync("/ui/me/api-keys", form));
        Seen(409, await browser.PostFormAsync("/ui/me/api-keys", form));
        var person = await browser.PostJsonAsync("/api/admin/users", new { name = "dora" });
        _secrets.Add(("one-time password", (string)person.Json["password"]!));
        foreach (var (key, status) in new[] { (token, 200), (rotated, 200), (shown, 200), ($"{token}x", 401) })
        {
            using var program = new WebBrowser(sidecar.Console);
            Seen(status, await program.GetAsync("/api/key", ("Authorization", $"Bearer {key}")));
            await CheckAsync(sidecar, key);
        }

        foreach (var path in _pages)
        {
            Seen(200, await browser.GetAsync(path, ("traceparent", TraceParent)));
        }
    }

    private async Task EndSessionsAsync(SidecarProcess sidecar, WebBrowser browser)
    {
        using var other = new WebBrowser(sidecar.Console);
        Seen(200, await other.LogInAsync("carol", Second));
        Keep(other);
        Seen(200, await browser.PostJsonAsync("/auth/reauthenticate", new { password = Second }));
        Seen(200, await browser.SendAsync(HttpMethod.Delete, "/api/me/sessions", null, browser.WithToken()));
        Seen(401, await other.GetAsync("/auth/me"));
        Seen(303, await other.GetAsync("/ui/me"));
    }

    private static async Task CheckAsync(SidecarProcess sidecar, string token)
    {
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        await new Authz.AuthorizationClient(channel).CheckAsync(
            new()
            {
                Attributes = new()
                {
                    Request = new()
                    {
                        Http = new()
                        {
                            Method = "GET",
                            Path = $"/app?key={token}",
                            Host = "localhost",
                            Headers = { ["authorization"] = $"Bearer {token}" },
                        },
                    },
                    ContextExtensions = { ["policy"] = "app" },
                },
            },
            new Metadata { { "traceparent", TraceParent } },
            deadline: DateTime.UtcNow.AddSeconds(30)
        );
    }

    private void Seen(int status, WebAnswer answer)
    {
        Assert.True(status == answer.Status, $"{answer.Status} instead of {status}");
        _seen.Append(answer.Location).Append(answer.Text);
        _redirects.Append(answer.Location).Append('\n');
    }

    /// <summary>Keeps the cookie of the session and the token against forged requests.</summary>
    private void Keep(WebBrowser browser)
    {
        _tokens.Add(("antiforgery token", browser.Token!));
        _tokens.AddRange(browser.Cookies.Select(cookie => ($"cookie {cookie.Key}", cookie.Value)));
        if (browser.Cookies.TryGetValue(SessionCookie.Name, out var session))
        {
            _cookies.Add(session);
            _secrets.Add(("session cookie", session));
        }
    }

    /// <returns>The token of a key that the answer shows this once.</returns>
    private string KeepKey(int status, WebAnswer answer)
    {
        Assert.True(status == answer.Status, $"{answer.Status} instead of {status}");
        var match = KeyText().Match(answer.Text);
        Assert.True(match.Success);
        _secrets.Add(("secret of a key", match.Groups[1].Value));
        return match.Value;
    }

    private static async Task<SidecarSandbox> SandboxAsync(string? connection)
    {
        var sandbox = new SidecarSandbox { Wrapper = ["env", "OTEL_METRIC_EXPORT_INTERVAL=200", "OTEL_BSP_SCHEDULE_DELAY=100"] };
        sandbox.Settings["Auth"]!["Peppers"] = new System.Text.Json.Nodes.JsonArray(
            $"file:{sandbox.WriteSecret("pepper", "a pepper that all replicas share")}"
        );
        sandbox.Settings["Console"] = new System.Text.Json.Nodes.JsonObject
        {
            ["Bootstrap"] = new System.Text.Json.Nodes.JsonObject
            {
                ["Name"] = "carol",
                ["Password"] = $"file:{sandbox.WriteSecret("admin", First)}",
            },
        };
        sandbox.Settings["Device"] = System.Text.Json.Nodes.JsonNode.Parse("""{"Clients": [{"Id": "tool", "Scopes": ["apps:run"]}]}""");
        if (connection is not null)
        {
            sandbox.Settings["Store"] = new System.Text.Json.Nodes.JsonObject
            {
                ["Provider"] = "postgres",
                ["ConnectionString"] = $"file:{sandbox.WriteSecret("store", connection)}",
            };
        }

        sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        return sandbox;
    }

    /// <summary>Every value of every table, and every file of the data directory; adds the ids of the sessions to the secrets.</summary>
    private async Task<string> DumpAsync(SidecarSandbox sandbox)
    {
        await using var host = await ConsoleHost.StartAsync(sandbox: sandbox);
        var dump = new StringBuilder();
        await using var context = host.Store.Open();
        foreach (var table in await context.Database.SqlQueryRaw<string>(Tables).ToListAsync())
        {
            await using var command = context.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await context.Database.OpenConnectionAsync();
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                dump.Append('\n').Append(table);
                for (var column = 0; column < reader.FieldCount; column++)
                {
                    dump.Append(' ').Append(TextOf(reader.GetValue(column)));
                }
            }
        }

        var tickets = host
            .Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>()
            .Get(Schemes.Session)
            .TicketDataFormat;
        foreach (var cookie in _cookies)
        {
            var id = tickets.Unprotect(cookie)!.Principal.FindFirstValue(Principals.SessionSecret)!;
            Assert.Contains(Convert.ToHexString(SessionSecret.Hash(id)!), dump.ToString(), StringComparison.Ordinal);
            _secrets.Add(("id of a session", id));
        }

        // With PostgreSQL there is no such directory.
        Directory.CreateDirectory(sandbox.DataDirectory);
        foreach (var file in Directory.EnumerateFiles(sandbox.DataDirectory, "*", SearchOption.AllDirectories))
        {
            // The sidecar locks its journal, which .NET respects.
            dump.Append('\n').Append(Programs.Run("/bin/cat", [file]).Output);
        }

        return dump.ToString();
    }

    private static string TextOf(object value) =>
        value is byte[] bytes
            ? $"{Convert.ToHexString(bytes)} {Encoding.Latin1.GetString(bytes)}"
            : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    // As it is, escaped for an address or a form, in Base64 and in hexadecimal.
    private static IEnumerable<string> Found(IEnumerable<(string Name, string Value)> secrets, (string Name, string Text)[] places) =>
        from secret in secrets
        let bytes = Encoding.UTF8.GetBytes(secret.Value)
        let forms = new[]
        {
            secret.Value,
            Uri.EscapeDataString(secret.Value),
            System.Net.WebUtility.UrlEncode(secret.Value),
            Convert.ToBase64String(bytes).TrimEnd('='),
            Convert.ToHexString(bytes),
        }
        from place in places
        where forms.Any(form => place.Text.Contains(form, StringComparison.OrdinalIgnoreCase))
        select $"{secret.Name} in {place.Name}";

    [GeneratedRegex("ask_[A-Za-z0-9]+_([A-Za-z0-9_-]+)")]
    private static partial Regex KeyText();

    [GeneratedRegex("name=\"Form\" value=\"([0-9a-f]{32})\"")]
    private static partial Regex FormNumber();
}

public sealed class SqliteSecretSearchTests : SecretSearchTests
{
    private protected override string Tables => "SELECT name AS \"Value\" FROM sqlite_master WHERE type = 'table'";

    private protected override Task<string?> ConnectionAsync() => Task.FromResult<string?>(null);
}

[Needs("postgres")]
public sealed class PostgresSecretSearchTests : SecretSearchTests
{
    private protected override string Tables => "SELECT tablename::text AS \"Value\" FROM pg_tables WHERE schemaname = 'public'";

    private protected override async Task<string?> ConnectionAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}

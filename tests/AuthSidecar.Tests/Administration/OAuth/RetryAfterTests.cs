using System.Globalization;
using System.Text.Json.Nodes;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Every route of the device flow, driven into its limit. Each has an address of its own, as a trusted proxy reports it.</summary>
public sealed class RetryAfterTests(RetryAfterTests.Fixture fixture) : IClassFixture<RetryAfterTests.Fixture>
{
    private const int None = 0;
    private const int Requests = 70;
    private const int Hour = 3600;

    private static readonly (string Route, Sender Sender, int Limit, int Seconds)[] _routes =
    [
        .. new[] { "/oauth/device", "/openapi/v1/oauth/device" }.SelectMany(prefix =>
            new (string, Sender, int, int)[]
            {
                ($"POST {prefix}/code", Sender.Device, 60, Hour),
                ($"POST {prefix}/token", Sender.Device, None, 0),
                ($"GET {prefix}/lookup", Sender.Device, 60, 300),
                ($"POST {prefix}/approve", Sender.Session, 10, Hour),
                ($"POST {prefix}/deny", Sender.Session, 10, Hour),
                ($"GET {prefix}/sso-initiate", Sender.Device, 60, Hour),
                ($"GET {prefix}/sso-complete/{{provider?}}", Sender.Device, None, 0),
                ($"GET {prefix}/approval-context", Sender.Device, None, 0),
                ($"POST {prefix}/approve-external", Sender.Device, None, 0),
                ($"POST {prefix}/deny-external", Sender.Device, None, 0),
            }
        ),
        ("POST /oauth/token", Sender.Device, None, 0),
        ("POST /oauth/revoke", Sender.Device, None, 0),
        ("POST /oauth/introspect", Sender.Service, None, 0),
        ("GET /.well-known/oauth-authorization-server", Sender.Device, None, 0),
        ("GET /openapi/v1/account/sessions", Sender.WrongToken, 30, 60),
        ("DELETE /openapi/v1/account/sessions/self", Sender.WrongToken, 30, 60),
        ("DELETE /openapi/v1/account/sessions/{id}", Sender.WrongToken, 30, 60),
        ("GET /api/me/device-tokens", Sender.WrongToken, 30, 60),
        ("DELETE /api/me/device-tokens/self", Sender.WrongToken, 30, 60),
        ("DELETE /api/me/device-tokens/{id}", Sender.WrongToken, 30, 60),
        ("POST /device", Sender.Page, 60, 300),
        ("POST /device", Sender.SessionPage, 10, Hour),
    ];

    internal enum Sender
    {
        Device,
        Service,
        Session,
        Page,
        SessionPage,

        /// <summary>A device whose tokens are unknown.</summary>
        WrongToken,
    }

    public static TheoryData<int, string> Cases
    {
        get
        {
            var cases = new TheoryData<int, string>();
            for (var number = 0; number < _routes.Length; number++)
            {
                cases.Add(number, $"{_routes[number].Route} {_routes[number].Sender}");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task PastItsLimit_EveryRoute_SaysWhenToComeAgain(int number, string name)
    {
        Assert.NotEmpty(name);
        var (route, sender, limit, seconds) = _routes[number];
        using var browser = fixture.Host.Console.Open();
        (string, string) from = ("X-Forwarded-For", $"198.51.100.{number + 1}");
        await PrepareAsync(browser, sender, from, $"person-{number}");
        var answers = new List<WebAnswer>();
        while (answers.Count < Requests && answers.LastOrDefault()?.Status != 429)
        {
            answers.Add(await SendAsync(browser, route, sender, from));
        }

        Assert.Equal(limit == None ? Requests : limit + 1, answers.Count);
        Assert.All(limit == None ? answers : answers.SkipLast(1), answer => Assert.True(answer.Status < 500 && answer.Status != 429));
        if (limit != None)
        {
            // Others are not limited by it.
            Assert.InRange(int.Parse(answers[^1].Header("Retry-After")!, CultureInfo.InvariantCulture), 1, seconds);
            using var other = fixture.Host.Console.Open();
            (string, string) elsewhere = ("X-Forwarded-For", $"203.0.113.{number + 1}");
            await PrepareAsync(other, sender, elsewhere, $"other-{number}");
            Assert.NotEqual(429, (await SendAsync(other, route, sender, elsewhere)).Status);
        }
    }

    /// <summary>The table above is complete.</summary>
    [Fact]
    public void Routes_AreThoseOfTheServer()
    {
        var routes = fixture
            .Host.Console.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .SelectMany(endpoint =>
                (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(method =>
                    $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}"
                )
            )
            .Where(route =>
                new[] { " /oauth", " /openapi/", " /.well-known/oauth-", " /api/me/device-tokens" }.Any(root =>
                    route.Contains(root, StringComparison.Ordinal)
                ) && !route.StartsWith("HEAD", StringComparison.Ordinal)
            );

        Assert.Equal(
            routes.Distinct().Order(StringComparer.Ordinal),
            _routes.Select(one => one.Route).Where(route => route != "POST /device").Distinct().Order(StringComparer.Ordinal)
        );
    }

    private static Task<WebAnswer> SendAsync(WebBrowser browser, string route, Sender sender, (string, string) from)
    {
        var (method, path) = route.Split(' ') is [var first, var second]
            ? (first, second.Replace("{id}", "x", StringComparison.Ordinal).Replace("{provider?}", "corp", StringComparison.Ordinal))
            : ("", "");
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = OAuthHost.Grant,
            ["client_id"] = "tool",
            ["device_label"] = "a laptop",
            ["device_code"] = "dc_unknown",
            ["user_code"] = "BBBB-BBBB",
            ["token"] = "unknown",
        };
        (string, string)[] headers = sender switch
        {
            Sender.Service => [from, ("Authorization", $"Bearer {SidecarSandbox.ServiceCredential}")],
            Sender.WrongToken => [from, ("Authorization", $"Bearer {KeyToken.Generate(TokenFamily.Aso)}")],
            _ => [from],
        };
        return method == "POST" ? browser.PostFormAsync(path, form, headers)
            : method == "GET" && (path.EndsWith("lookup", StringComparison.Ordinal) || path.EndsWith("initiate", StringComparison.Ordinal))
                ? browser.GetAsync($"{path}?user_code=BBBB-BBBB", headers)
            : browser.SendAsync(new(method), path, null, headers);
    }

    private async Task PrepareAsync(WebBrowser browser, Sender sender, (string, string) from, string name)
    {
        if (sender is Sender.Session or Sender.SessionPage)
        {
            await fixture.Host.Console.AddPersonAsync(name);
            var login = await browser.PostJsonAsync("/auth/login", new { username = name, password = ConsoleHost.Password }, from);
            Assert.Equal(200, login.Status);
            browser.Token = (string?)login.Json["csrfToken"];
        }

        if (sender is Sender.Page or Sender.SessionPage)
        {
            await browser.OpenAsync("/device");
        }
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal OAuthHost Host { get; private set; } = null!;

        public async Task InitializeAsync() =>
            Host = await OAuthHost.StartAsync(settings =>
            {
                settings["Console"] = new JsonObject
                {
                    ["PublicUrl"] = "https://console.example",
                    ["TrustedProxies"] = new JsonArray("127.0.0.0/8"),
                };

                // Its codes are refused before the provider is asked.
                settings["Login"] = new JsonArray(
                    new JsonObject
                    {
                        ["Name"] = "corp",
                        ["Issuer"] = "http://127.0.0.1:9",
                        ["ClientId"] = "sidecar",
                        ["ClientSecret"] = "a client secret",
                        ["For"] = "end_user",
                    }
                );
            });

        public Task DisposeAsync() => Host.DisposeAsync().AsTask();
    }
}

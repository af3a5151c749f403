using System.Text;
using System.Text.Json;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Bodies that are refused before anything happens.</summary>
public sealed class OAuthBodyTests(OAuthBodyTests.Fixture fixture) : IClassFixture<OAuthBodyTests.Fixture>
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Json = "application/json";
    private const string Known =
        "client_id=tool&device_label=a&device_code=dc_x&user_code=BBBB-BBBB&token=t&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";

    public static TheoryData<string> Paths =>
        [
            "/oauth/device/code",
            "/oauth/device/token",
            "/oauth/device/approve",
            "/oauth/device/deny",
            "/oauth/token",
            "/oauth/revoke",
            "/oauth/introspect",
            "/openapi/v1/oauth/device/code",
            "/openapi/v1/oauth/device/token",
            "/openapi/v1/oauth/device/approve",
            "/openapi/v1/oauth/device/deny",
        ];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task WrongBodies_AreRefused(string path)
    {
        var before = await fixture.StateAsync();
        (string Body, string Type, int Status)[] bodies =
        [
            ("", Form, 400),
            ("", Json, 400),
            ("{}", Json, 400),
            ("[]", Json, 400),
            ("null", Json, 400),
            ("\"text\"", Json, 400),
            ("{", Json, 400),
            ("""{"client_id":"\ud800","token":"\ud800","user_code":"\ud800","device_code":"\ud800"}""", Json, 400),
            ("""{"client_id":1,"device_code":1,"user_code":1,"token":1,"grant_type":1}""", Json, 400),
            ("""{"client_id":null,"device_code":null,"user_code":null,"token":null}""", Json, 400),
            (
                """{"client_id":"tool","client_id":"tool","device_label":"a","user_code":"BBBBBBBB","user_code":"BBBBBBBB","token":"t"}""",
                Json,
                400
            ),
            ($"{Known}&client_id=tool", Form, 400),
            ($"{Known}&Client_Id=tool", Form, 400),
            ($"{Known}&more=1&more=2", Form, 400),
            (Known, "text/plain", 415),
            (Known, "multipart/form-data; boundary=x", 415),
            ($"{Known}&more={new string('x', 70_000)}", Form, 413),
            ($$"""{"client_id":"tool","device_label":"a","more":"{{new string('x', 70_000)}}"}""", Json, 413),
            (string.Concat(Enumerable.Range(0, 2000).Select(number => $"{number}=&")), Form, 400),
        ];
        foreach (var (body, type, status) in bodies)
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            var answer = await fixture.SendAsync(path, content);
            Assert.True(
                (answer.Status, (string?)answer.Json["error"]) == (status, "invalid_request"),
                $"{type} {body[..Math.Min(80, body.Length)]}: {answer.Status} {answer.Text}"
            );
            Assert.Equal("no-store", answer.Header("Cache-Control"));
        }

        Assert.Equal(before, await fixture.StateAsync());
    }

    /// <summary>Bodies with the codes and the token of a live device that stand twice, or in a body that is no object.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public async Task WrongBodies_WithLiveCodes_ChangeNothing(string path)
    {
        var (device, user) = await fixture.Host.BeginAsync(label: path.Replace('/', '-'));
        var known = new (string Name, string Value)[]
        {
            ("client_id", "tool"),
            ("device_label", "a laptop"),
            ("device_code", device),
            ("user_code", user),
            ("token", fixture.Token),
            ("grant_type", OAuthHost.Grant),
        };
        var form = string.Join('&', known.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));
        var members = string.Join(',', known.Select(field => $"\"{field.Name}\":\"{field.Value}\""));
        var before = await fixture.StateAsync();
        foreach (
            var (body, type) in known
                .SelectMany(field =>
                    new[]
                    {
                        ($"{form}&{field.Name}={Uri.EscapeDataString(field.Value)}", Form),
                        ($"{field.Name}=&{form}", Form),
                        ($"{{{members},\"{field.Name}\":\"{field.Value}\"}}", Json),
                        ($"{{\"{field.Name}\":null,{members}}}", Json),
                    }
                )
                .Concat([($"[{{{members}}}]", Json), ($"{{{members}", Json), ($"{{{members}}}}}", Json), ($"{{{members}}} {{}}", Json)])
        )
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            Assert.Equal("400 invalid_request", (await fixture.SendAsync(path, content)).Problem);
        }

        Assert.Equal(before, await fixture.StateAsync());
        Assert.Equal("400 authorization_pending", (await fixture.Host.PollAsync(device)).Problem);
    }

    /// <summary>A parameter in the address would stand in logs.</summary>
    [Theory]
    [MemberData(nameof(Paths))]
    public async Task QueryString_CountsForNothing(string path)
    {
        var answer = await fixture.SendAsync($"{path}?{Known}", new FormUrlEncodedContent([]));
        Assert.Equal("400 invalid_request", answer.Problem);
    }

    [Theory]
    [InlineData("GET", "/oauth/device/code", 405)]
    [InlineData("GET", "/oauth/token", 405)]
    [InlineData("POST", "/oauth/device/lookup", 405)]
    [InlineData("GET", "/oauth/nothing", 404)]
    [InlineData("GET", "/openapi/v1/nothing", 404)]
    [InlineData("POST", "/.well-known/oauth-authorization-server", 405)]
    public async Task OtherMethodsAndPaths_AreRefused(string method, string path, int status)
    {
        var answer = await fixture.Host.Device.SendAsync(new(method), path, null);
        Assert.Equal(status, answer.Status);
        Assert.NotEmpty((string)answer.Json["error"]!);
        Assert.NotEmpty((string)answer.Json["error_description"]!);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private WebBrowser _bob = null!;

        internal OAuthHost Host { get; private set; } = null!;

        /// <summary>A token of a device in force.</summary>
        internal string Token { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Host = await OAuthHost.StartAsync();
            _bob = await Host.Console.LoggedInAsync("bob");
            Token = (string)(await Host.CollectAsync(_bob)).Json["token"]!;
        }

        /// <summary>All that a request of the device flow may change.</summary>
        internal async Task<string> StateAsync()
        {
            await using var context = Host.Console.Store.Open();
            return JsonSerializer.Serialize(
                new
                {
                    Grants = await context.DeviceGrants.AsNoTracking().OrderBy(grant => grant.Id).ToListAsync(),
                    Keys = await context.ApiKeys.AsNoTracking().OrderBy(key => key.Id).ToListAsync(),
                    Events = await context.AuditEvents.CountAsync(),
                }
            );
        }

        /// <summary>Sends with all that the path asks for but a body.</summary>
        internal Task<WebAnswer> SendAsync(string path, HttpContent content) =>
            path.EndsWith("introspect", StringComparison.Ordinal) || path.Contains("introspect?", StringComparison.Ordinal)
                ? Host.Device.SendAsync(HttpMethod.Post, path, content, ("Authorization", $"Bearer {SidecarSandbox.ServiceCredential}"))
                : _bob.SendAsync(HttpMethod.Post, path, content, _bob.WithToken());

        public async Task DisposeAsync()
        {
            _bob.Dispose();
            await Host.DisposeAsync();
        }
    }
}

using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Duende.IdentityModel.Client;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>Clients of others as devices, on real connections and in real time.</summary>
public sealed class DeviceClientTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private ConsoleHost _console = null!;
    private WebBrowser _bob = null!;

    private string Issuer => _console.Address.GetLeftPart(UriPartial.Authority);

    public async Task InitializeAsync()
    {
        _console = await ConsoleHost.StartAsync(settings =>
            settings["Device"] = JsonNode.Parse("""{"Clients": [{"Id": "tool", "Scopes": ["apps:run", "llm:invoke"]}]}""")
        );
        await _console.AddPersonAsync("bob");
        _bob = await _console.LoggedInAsync("bob");
    }

    public async Task DisposeAsync()
    {
        _bob.Dispose();
        await _console.DisposeAsync();
    }

    /// <summary>One waits for a decision over several polls, the other is denied.</summary>
    [RequiresFact("node")]
    public async Task OpenidClient_GetsItsToken_AndItsDenial()
    {
        await using var waiting = new NodeDevice(Issuer, "waiting");
        await using var denied = new NodeDevice(Issuer, "denied");
        var (first, second) = (await waiting.ReadAsync(), await denied.ReadAsync());
        Assert.Equal(Issuer, (string?)first["server"]!["issuer"]);
        Assert.Equal($"{Issuer}/device", (string?)first["verification_uri"]);
        await DecideAsync("deny", (string)second["user_code"]!);
        Assert.Equal("access_denied", (string?)(await denied.ReadAsync())["error"]);

        await Eventually.TrueAsync(HasPolledAsync, "the device has polled before the approval");
        await DecideAsync("approve", (string)first["user_code"]!);
        var tokens = await waiting.ReadAsync();
        Assert.Equal(("bearer", "apps:run"), ((string?)tokens["token_type"], (string?)tokens["scope"]));
        var token = (string)tokens["access_token"]!;
        Assert.Equal(200, await StatusOfAsync(token));
        await waiting.GoOnAsync();
        Assert.True((bool)(await waiting.ReadAsync())["revoked"]!);
        Assert.Equal(401, await StatusOfAsync(token));
    }

    [Fact]
    public async Task Duende_GetsItsToken()
    {
        using var http = new HttpClient();
        var server = await http.GetDiscoveryDocumentAsync(
            new DiscoveryDocumentRequest
            {
                Address = Issuer,
                Policy = new() { DiscoveryDocumentPath = ".well-known/oauth-authorization-server", RequireKeySet = false },
            }
        );
        Assert.False(server.IsError, server.Error);
        Assert.Equal(Issuer, server.Issuer);
        var started = await http.RequestDeviceAuthorizationAsync(
            new DeviceAuthorizationRequest
            {
                Address = server.DeviceAuthorizationEndpoint,
                ClientId = "tool",
                ClientCredentialStyle = ClientCredentialStyle.PostBody,
                Scope = "llm:invoke",
                Parameters = { { "device_label", "Duende" } },
            }
        );
        Assert.False(started.IsError, started.Error);
        Assert.Equal((900, 5), (started.ExpiresIn!.Value, started.Interval));

        Assert.Equal("authorization_pending", (await PollAsync()).Error);
        Assert.Equal("slow_down", (await PollAsync()).Error);
        await DecideAsync("approve", started.UserCode!);
        await Task.Delay(TimeSpan.FromSeconds(started.Interval));
        var answer = await PollAsync();
        Assert.False(answer.IsError, answer.Error);
        Assert.Equal(
            ("Bearer", "llm:invoke", "no-store"),
            (answer.TokenType, answer.Scope, $"{answer.HttpResponse!.Headers.CacheControl}")
        );
        Assert.Equal(200, await StatusOfAsync(answer.AccessToken!));
        Assert.True(await IsActiveAsync());

        var revoked = await http.RevokeTokenAsync(
            new TokenRevocationRequest
            {
                Address = server.RevocationEndpoint,
                ClientId = "tool",
                ClientCredentialStyle = ClientCredentialStyle.PostBody,
                Token = answer.AccessToken!,
            }
        );
        Assert.False(revoked.IsError, revoked.Error);
        Assert.Equal(401, await StatusOfAsync(answer.AccessToken!));
        Assert.False(await IsActiveAsync());

        Task<TokenResponse> PollAsync() =>
            http.RequestDeviceTokenAsync(
                new DeviceTokenRequest
                {
                    Address = server.TokenEndpoint,
                    ClientId = "tool",
                    ClientCredentialStyle = ClientCredentialStyle.PostBody,
                    DeviceCode = started.DeviceCode!,
                }
            );

        async Task<bool> IsActiveAsync()
        {
            using var request = new TokenIntrospectionRequest { Address = server.IntrospectionEndpoint, Token = answer.AccessToken! };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", SidecarSandbox.ServiceCredential);
            var facts = await http.IntrospectTokenAsync(request);
            Assert.False(facts.IsError, facts.Error);
            return facts.IsActive;
        }
    }

    /// <summary>The lines of the manual, run as they stand there.</summary>
    [RequiresFact("curl")]
    public async Task LinesOfTheManual_Run()
    {
        var lines = Repository.Text("docs", "guides", "devices.md").Split("```sh device-walk\n")[1].Split("```")[0].Trim().Split('\n');
        Assert.Equal(3, lines.Length);
        var started = JsonNode.Parse(Run(lines[0]))!;
        await DecideAsync("approve", (string)started["user_code"]!);
        var answer = JsonNode.Parse(Run($"DEVICE_CODE='{started["device_code"]}'; {lines[1]}"))!;
        var token = (string)answer["access_token"]!;
        Assert.Equal(200, await StatusOfAsync(token));
        Assert.Empty(Run($"TOKEN='{token}'; {lines[2]}"));
        Assert.Equal(401, await StatusOfAsync(token));

        string Run(string line)
        {
            var (exitCode, output) = Programs.Run("bash", ["-c", line.Replace("http://127.0.0.1:9003", Issuer, StringComparison.Ordinal)]);
            Assert.True(exitCode == 0, output);
            return output.Trim();
        }
    }

    private async Task<bool> HasPolledAsync()
    {
        await using var context = _console.Store.Open();
        return await context.DeviceGrants.AnyAsync(grant => grant.DeviceLabel == "waiting" && grant.LastPollAt != null);
    }

    private async Task DecideAsync(string decision, string userCode) =>
        Assert.Equal(200, (await _bob.PostJsonAsync($"/oauth/device/{decision}", new { user_code = userCode })).Status);

    private async Task<int> StatusOfAsync(string token) => (await _bob.GetAsync("/api/key", ("Authorization", $"Bearer {token}"))).Status;

    /// <summary>A node process with openid-client.</summary>
    private sealed class NodeDevice(string issuer, string label) : IAsyncDisposable
    {
        private readonly Process _process = Process.Start(
            new ProcessStartInfo(Programs.OnPath("node")!, ["device-client.mjs", issuer, "tool", label, "apps:run"])
            {
                WorkingDirectory = NodePackages.Integration.Directory,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;

        public async Task<JsonNode> ReadAsync() =>
            JsonNode.Parse(
                await _process.StandardOutput.ReadLineAsync().WaitAsync(_patience) ?? throw new InvalidOperationException("node ended.")
            )!;

        public async Task GoOnAsync()
        {
            await _process.StandardInput.WriteLineAsync("revoke");
            await _process.StandardInput.FlushAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(_patience);
            _process.Dispose();
        }
    }
}

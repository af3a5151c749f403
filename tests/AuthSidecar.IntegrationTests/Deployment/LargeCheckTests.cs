using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>
/// Bodies in Check (<c>with_request_body</c>) under <c>failure_mode_allow: true</c>: what exceeds the maximum of the transport is a
/// decision and never passes.
/// </summary>
public sealed class LargeCheckTests : IAsyncLifetime, IDisposable
{
    private const int MebiByte = 1024 * 1024;

    private readonly SidecarSandbox _sandbox = new();
    private EchoUpstream _upstream = null!;
    private string _token = "";

    public async Task InitializeAsync()
    {
        _upstream = await EchoUpstream.StartAsync();
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        _token = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
    }

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    public void Dispose() => _sandbox.Dispose();

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task Body_IsDecided_WhateverItsLength(EnvoyRelease release)
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        await using var envoy = await EnvoyServer.StartAsync(release, Config(sidecar.Check.Port));
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        using var image = await SendAsync(envoy, MebiByte + (MebiByte / 2), _token);
        using var stranger = await SendAsync(envoy, MebiByte + (MebiByte / 2), token: null);
        var calls = _upstream.Requests.Count;
        using var longest = await SendAsync(envoy, 32 * MebiByte, _token);
        using var tooLarge = await SendAsync(envoy, 40 * MebiByte, _token);

        Assert.Equal((200, 1), ((int)image.StatusCode, calls));
        Assert.Equal((401, "missing_credential"), ((int)stranger.StatusCode, Header(stranger, "x-authsidecar-reason")));
        Assert.Equal((503, "internal_error"), ((int)tooLarge.StatusCode, Header(tooLarge, "x-authsidecar-reason")));
        Assert.Equal(200, (int)longest.StatusCode);
        Assert.Equal(2, _upstream.Requests.Count);
        var id = Header(tooLarge, "x-authsidecar-decision-id");
        Assert.Contains(id, sidecar.Output, StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () =>
                JsonNode.Parse((await SidecarProcess.RunAsync(_sandbox, "usage", "rows", "--json", "--decision", id)).Output)!["items"]!
                    .AsArray()
                    .Any(row => (string?)row!["reason"] == "internal_error"),
            "the decision has its row"
        );
    }

    private string Config(int check) =>
        EnvoyConfig.OnPorts(
            EnvoyConfig
                .Patient(ShippedEnvoy.OverTcp)
                .Replace("failure_mode_allow: false", "failure_mode_allow: true", StringComparison.Ordinal)
                .Replace("max_request_bytes: 33554432", $"max_request_bytes: {48 * MebiByte}", StringComparison.Ordinal)
                .Replace("policy: app }, disable_request_body_buffering: true", "policy: app }", StringComparison.Ordinal),
            (ShippedEnvoy.AdminPort, 0),
            (ShippedEnvoy.ListenerPort, 0),
            (ShippedEnvoy.CheckPort, check),
            (ShippedEnvoy.UpstreamPort, _upstream.Port)
        );

    private static async Task<HttpResponseMessage> SendAsync(EnvoyServer envoy, int length, string? token)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{envoy.Port("edge_http")}/app")
        {
            Content = new ByteArrayContent(new byte[length]),
        };
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        return await client.SendAsync(request);
    }

    private static string Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.Single() : "";
}

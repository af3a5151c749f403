using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Concurrent requests, and clients that authenticate in a way of which there is none.</summary>
public sealed class DeviceRaceTests : IAsyncLifetime
{
    private const string Challenge = "Basic realm=\"authsidecar\"";
    private OAuthHost _host = null!;

    public async Task InitializeAsync() => _host = await OAuthHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task ParallelPolls_GetOneToken()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        var (device, user) = await _host.BeginAsync();
        Assert.Equal(200, (await bob.PostJsonAsync("/oauth/device/approve", new { user_code = user })).Status);

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => _host.PollAsync(device))));

        var token = (string)Assert.Single(answers, answer => answer.Status == 200).Json["token"]!;
        Assert.All(answers.Where(answer => answer.Status != 200), answer =>
            Assert.True(answer.Problem is "400 slow_down" or "400 expired_token", answer.Problem)
        );
        Assert.Equal(200, (await _host.Device.GetAsync("/api/key", ("Authorization", $"Bearer {token}"))).Status);
        Assert.Equal("400 expired_token", (await _host.PollLaterAsync(device)).Problem);
        await using var context = _host.Console.Store.Open();
        Assert.NotNull((await context.ApiKeys.SingleAsync()).Hash);
        Assert.Equal(1, await context.AuditEvents.CountAsync(row => row.Action == "device.collected"));
    }

    [Fact]
    public async Task ApprovalAgainstDenial_OneWins()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        using var ada = await _host.Console.LoggedInAsync("ada");
        for (var round = 0; round < 8; round++)
        {
            var (device, user) = await _host.BeginAsync(label: $"device {round}");
            var answers = await Task.WhenAll(
                Task.Run(() => bob.PostJsonAsync("/oauth/device/approve", new { user_code = user })),
                Task.Run(() => ada.PostJsonAsync("/oauth/device/deny", new { user_code = user }))
            );

            var winner = Assert.Single(answers, answer => answer.Status == 200);
            Assert.Equal("409 already_resolved", Assert.Single(answers, answer => answer != winner).Problem);
            var expected = (string?)winner.Json["status"] == "approved" ? "200 " : "400 access_denied";
            Assert.StartsWith(expected, (await _host.PollAsync(device)).Problem, StringComparison.Ordinal);
            await using var context = _host.Console.Store.Open();
            Assert.Equal(
                1,
                await context.AuditEvents.CountAsync(row =>
                    (row.Action == "device.approved" || row.Action == "device.denied") && row.TargetName == $"device {round}"
                )
            );
        }
    }

    /// <summary>RFC 6749 5.2: the challenge is that of the scheme which the client used. Its request changes nothing.</summary>
    [Theory]
    [InlineData("tool:", "Basic ")]
    [InlineData("other:", "basic ")]
    [InlineData("unknown:secret", "BASIC  ")]
    [InlineData("", "Basic")]
    public async Task ClientsThatAuthenticate_AreRefused(string credential, string scheme)
    {
        var (device, _) = await _host.BeginAsync();
        var token = (string)(await CollectAsync()).Json["token"]!;
        (string, string)[] basic = [("Authorization", scheme + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(credential)))];
        WebAnswer[] answers =
        [
            await _host.PostAsync("/oauth/token", basic, ("grant_type", OAuthHost.Grant), ("device_code", device), ("client_id", "tool")),
            await _host.PostAsync("/oauth/device/token", basic, ("device_code", device), ("client_id", "tool")),
            await _host.PostAsync("/openapi/v1/oauth/device/token", basic, ("device_code", device), ("client_id", "tool")),
            await _host.PostAsync("/oauth/device/code", basic, ("client_id", "tool"), ("device_label", "a phone")),
            await _host.PostAsync("/openapi/v1/oauth/device/code", basic, ("client_id", "tool"), ("device_label", "a phone")),
            await _host.PostAsync("/oauth/revoke", basic, ("token", token), ("client_id", "tool")),
            await _host.PostAsync("/oauth/introspect", basic, ("token", token)),
        ];

        Assert.All(answers, answer =>
        {
            Assert.Equal(
                ("401 invalid_client", Challenge, "no-store"),
                (answer.Problem, answer.Header("WWW-Authenticate"), answer.Header("Cache-Control"))
            );
            Assert.NotEmpty((string)answer.Json["error_description"]!);
        });
        Assert.Equal(2, await _host.CountGrantsAsync());
        Assert.Equal(200, (await _host.Device.GetAsync("/api/key", ("Authorization", $"Bearer {token}"))).Status);

        // The refused polls do not count as polls.
        Assert.Equal("400 authorization_pending", (await _host.PollAsync(device)).Problem);
    }

    private async Task<WebAnswer> CollectAsync()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        return await _host.CollectAsync(bob, label: "a server");
    }
}

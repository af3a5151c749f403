using System.Globalization;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Limits and switches of the device flow.</summary>
public sealed class OAuthLimitTests
{
    [Fact]
    public async Task Starts_AreLimitedByAddress()
    {
        await using var host = await OAuthHost.StartAsync();
        for (var number = 0; number < 60; number++)
        {
            await host.BeginAsync(label: $"device {number}");
        }

        var refused = await host.PostAsync("/openapi/v1/oauth/device/code", ("client_id", "tool"), ("device_label", "one more"));
        Assert.Equal(("429 too_many_requests", "no-store"), (refused.Problem, refused.Header("Cache-Control")));
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 3590, 3600);
        Assert.Equal(60, await host.CountGrantsAsync());
        host.Time.Advance(TimeSpan.FromHours(1));
        await host.BeginAsync();
    }

    [Fact]
    public async Task Lookups_AreLimitedByAddress()
    {
        await using var host = await OAuthHost.StartAsync();
        for (var number = 0; number < 60; number++)
        {
            Assert.Equal(200, (await host.Device.GetAsync("/oauth/device/lookup?user_code=BBBB-BBBB")).Status);
        }

        Assert.Equal("400 invalid_user_code", (await host.Device.GetAsync("/oauth/device/lookup?user_code=x")).Problem);
        var refused = await host.Device.GetAsync("/oauth/device/lookup?user_code=BBBB-BBBB");
        Assert.Equal("429 too_many_requests", refused.Problem);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 290, 300);
        host.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(200, (await host.Device.GetAsync("/oauth/device/lookup?user_code=BBBB-BBBB")).Status);
    }

    /// <summary>10 guesses in an hour, thus in the life of a code: people.md 2.1 allows 48.</summary>
    [Fact]
    public async Task Decisions_AreLimitedBySession()
    {
        await using var host = await OAuthHost.StartAsync();
        using var bob = await host.Console.LoggedInAsync("bob");
        using var ada = await host.Console.LoggedInAsync("ada");
        var (_, code) = await host.BeginAsync();
        for (var number = 0; number < 5; number++)
        {
            foreach (var path in new[] { "/oauth/device/approve", "/openapi/v1/oauth/device/deny" })
            {
                Assert.Equal("404 expired_or_unknown", (await bob.PostJsonAsync(path, new { user_code = "BBBB-BBBB" })).Problem);
            }
        }

        var refused = await bob.PostJsonAsync("/oauth/device/approve", new { user_code = code });
        Assert.Equal("429 too_many_requests", refused.Problem);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, CultureInfo.InvariantCulture), 3590, 3600);
        Assert.Equal(200, (await ada.PostJsonAsync("/oauth/device/approve", new { user_code = code })).Status);
    }

    [Theory]
    [InlineData("Device", "device_flow_off")]
    [InlineData("Auth", "bearer_auth_disabled")]
    public async Task SwitchedOff_AnswersUnavailable(string section, string expected)
    {
        await using var host = await OAuthHost.StartAsync(settings => settings[section]!["Enabled"] = false);
        using var bob = await host.Console.LoggedInAsync("bob");
        WebAnswer[] answers =
        [
            await host.PostAsync("/oauth/device/code", ("client_id", "tool"), ("device_label", "a laptop")),
            await host.PollAsync("dc_x"),
            await host.PostAsync("/openapi/v1/oauth/device/token", ("device_code", "dc_x"), ("client_id", "tool")),
            await host.Device.GetAsync("/oauth/device/lookup?user_code=BBBB-BBBB"),
            await bob.PostJsonAsync("/oauth/device/approve", new { user_code = "BBBB-BBBB" }),
            await bob.PostJsonAsync("/oauth/device/deny", new { user_code = "BBBB-BBBB" }),
        ];
        Assert.All(answers, answer => Assert.Equal(($"503 {expected}", "60"), (answer.Problem, answer.Header("Retry-After"))));
        Assert.Equal(0, await host.CountGrantsAsync());
    }

    [Fact]
    public async Task WithoutAClient_NothingStarts()
    {
        await using var host = await OAuthHost.StartAsync(settings => settings["Device"] = new JsonObject());
        var answer = await host.PostAsync("/oauth/device/code", ("client_id", "tool"), ("device_label", "a laptop"));
        Assert.Equal("400 unsupported_client", answer.Problem);
    }

    /// <summary>Callers over a unix socket cannot be told apart, and share no bucket.</summary>
    [Fact]
    public async Task CallersWithoutAnAddress_AreRefused()
    {
        using var sandbox = new SidecarSandbox();
        var socket = Path.Combine(sandbox.Root, "console.sock");
        sandbox.Settings["Listen"]!["Console"] = $"unix:{socket}";
        sandbox.Settings["Console"] = new JsonObject { ["PublicUrl"] = "https://keys.example.com" };
        sandbox.Settings["Device"] = JsonNode.Parse("""{"Clients": [{"Id": "tool"}]}""");
        sandbox.Save();
        await using var console = await ConsoleHost.StartAsync(sandbox: sandbox);
        using var device = new WebBrowser(
            new("http://keys.example.com"),
            null,
            new()
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectCallback = async (_, cancellation) =>
                {
                    var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await client.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                    return new NetworkStream(client, ownsSocket: true);
                },
            }
        );

        await device.OpenAsync("/device");
        for (var number = 0; number < 70; number++)
        {
            var started = await device.PostFormAsync("/oauth/device/code", new() { ["client_id"] = "tool", ["device_label"] = "a laptop" });
            var found = await device.GetAsync("/oauth/device/lookup?user_code=BBBB-BBBB");
            Assert.Equal(("403 address_unknown", "403 address_unknown"), (started.Problem, found.Problem));

            // A person logs in first, so that the session counts the guesses.
            var page = await device.PostFormAsync("/device", new() { ["user_code"] = "BBBB-BBBB" }, ("Origin", "https://keys.example.com"));
            Assert.Equal((303, "/ui/login?return=%2Fdevice"), (page.Status, page.Location));
        }

        var metadata = await device.GetAsync("/.well-known/oauth-authorization-server");
        Assert.Equal("https://keys.example.com", (string?)metadata.Json["issuer"]);
    }
}

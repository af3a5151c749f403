using System.Globalization;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Devices;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Networks of devices and browsers, as a trusted proxy reports them.</summary>
public sealed class DeviceNetworkTests
{
    private const string Near = "198.51.100.9";
    private const string Far = "203.0.113.9";

    [Fact]
    public async Task Networks_AreThoseWhoseDevicesMayStart()
    {
        await using var host = await StartAsync("Networks", new JsonArray("198.51.100.0/24", "2001:db8::/48"));
        foreach (var address in new[] { Near, $"::ffff:{Near}", "2001:db8::7" })
        {
            Assert.Equal(200, (await StartAsync(host, address)).Status);
        }

        // Also an unknown client learns nothing else; without the header the address is that of the proxy.
        foreach (var (address, client) in new[] { (Far, "tool"), (Far, "unknown"), ("2001:db8:1::7", "tool"), (null, "tool") })
        {
            var refused = await StartAsync(host, address, client);
            Assert.Equal(("403 access_denied", "no-store"), (refused.Problem, refused.Header("Cache-Control")));
            Assert.NotEmpty((string)refused.Json["error_description"]!);
        }

        Assert.Equal(3, await host.CountGrantsAsync());
    }

    [Fact]
    public async Task Networks_ChangeWithoutARestart()
    {
        await using var host = await StartAsync("Networks", new JsonArray());
        Assert.Equal(200, (await StartAsync(host, Far)).Status);
        await ChangeAsync(new JsonArray("198.51.100.0/24"));
        Assert.Equal("403 access_denied", (await StartAsync(host, Far)).Problem);

        // A wrong list keeps the former one in force.
        host.Console.Sandbox.Settings["Device"]!["Networks"] = new JsonArray("198.51.100.0/33");
        host.Console.Sandbox.Save();
        await Eventually.TrueAsync(() => Task.FromResult(host.Console.ReloadFailure is not null), "the settings are refused");
        Assert.Equal("403 access_denied", (await StartAsync(host, Far)).Problem);
        await ChangeAsync(new JsonArray("203.0.113.0/24", "2001:db8::/48"));
        Assert.Equal((200, "403 access_denied"), ((await StartAsync(host, Far)).Status, (await StartAsync(host, Near)).Problem));

        async Task ChangeAsync(JsonArray networks)
        {
            host.Console.Sandbox.Settings["Device"]!["Networks"] = networks;
            host.Console.Sandbox.Save();
            var options = host.Console.Services.GetRequiredService<LiveOptions<DeviceOptions>>();
            await Eventually.TrueAsync(() => Task.FromResult(options.Current.Networks.Count == networks.Count), "the settings are loaded");
        }
    }

    [Fact]
    public async Task RequiredNetwork_IsThatOfTheBrowser()
    {
        await using var host = await StartAsync("SameNetwork", "require");
        using var bob = await host.Console.LoggedInAsync("bob");
        var started = (await StartAsync(host, Near)).Json;
        var code = new { user_code = (string)started["user_code"]! };

        // The first address is the client's own claim.
        foreach (var forwarded in new[] { Far, $"{Near}, {Far}", "", "unknown" })
        {
            var refused = await bob.PostJsonAsync("/oauth/device/approve", code, ("X-Forwarded-For", forwarded));
            Assert.Equal("403 other_network", refused.Problem);
        }

        Assert.Equal("403 other_network", (await bob.PostJsonAsync("/oauth/device/approve", code)).Problem);
        Assert.Equal("400 authorization_pending", (await host.PollAsync((string)started["device_code"]!)).Problem);
        Assert.Equal(200, (await bob.PostJsonAsync("/oauth/device/approve", code, ("X-Forwarded-For", "198.51.100.200"))).Status);
        Assert.Equal(200, (await host.PollLaterAsync((string)started["device_code"]!)).Status);
    }

    /// <summary>One subscriber with a /48 has 65,536 networks of 64 bits, and must not take the places of all others.</summary>
    [Fact]
    public async Task Starts_AreLimitedByNetwork()
    {
        await using var host = await StartAsync("Networks", new JsonArray());
        var limited = new List<WebAnswer>();
        for (var network = 1; network <= 11; network++)
        {
            for (var number = 0; number < 60; number++)
            {
                var answer = await StartAsync(host, $"2001:db8:0:{network:x}::1");
                if (answer.Status != 200)
                {
                    limited.Add(answer);
                }
            }
        }

        Assert.Equal(60, limited.Count);
        Assert.All(limited, answer => Assert.Equal("429 too_many_requests", answer.Problem));
        Assert.InRange(int.Parse(limited[0].Header("Retry-After")!, CultureInfo.InvariantCulture), 3590, 3600);
        Assert.Equal(600, await host.CountGrantsAsync());
        Assert.Equal(200, (await StartAsync(host, "2001:db8:1::1")).Status);
        Assert.Equal(200, (await StartAsync(host, Near)).Status);
    }

    private static Task<OAuthHost> StartAsync(string setting, JsonNode value) =>
        OAuthHost.StartAsync(settings =>
        {
            settings["Console"] = new JsonObject { ["TrustedProxies"] = new JsonArray("127.0.0.0/8") };
            settings["Device"]![setting] = value;
        });

    private static Task<WebAnswer> StartAsync(OAuthHost host, string? forwarded, string client = "tool")
    {
        (string, string)[] headers = forwarded is null ? [] : [("X-Forwarded-For", forwarded)];
        return host.PostAsync("/oauth/device/code", headers, ("client_id", client), ("device_label", "a laptop"));
    }
}

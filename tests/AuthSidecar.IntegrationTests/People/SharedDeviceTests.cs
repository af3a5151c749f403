using System.Diagnostics;
using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.People;

/// <summary>The device flow over three replicas on one store, over HTTP.</summary>
public abstract class SharedDeviceTests(ITestOutputHelper output)
{
    private const int Attempts = 5;
    private static readonly TimeSpan _promise = TimeSpan.FromSeconds(1);

    private protected abstract Task<string?> ConnectionAsync();

    [RequiresStoreFact]
    public async Task BegunApprovedAndCollectedElsewhere_IsDeadWithinASecondAfterItsRevocation()
    {
        await using var replicas = await ConsoleReplicas.StartAsync(await ConnectionAsync(), count: 3, change: settings =>
            settings["Device"] = JsonNode.Parse("""{"Clients": [{"Id": "tool", "Scopes": ["apps:run"]}]}""")
        );
        using var first = replicas.All[0].Open();
        using var second = await replicas.All[1].LoggedInAsync(ConsoleReplicas.Admin, ConsoleReplicas.Password);
        using var third = replicas.All[2].Open();

        // A busy machine may exceed the time once.
        var slowest = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < Attempts && slowest > _promise; attempt++)
        {
            var started = (
                await PostAsync(first, "/oauth/device/code", ("client_id", "tool"), ("device_label", $"a laptop {attempt}"))
            ).Json;
            var approved = await second.PostJsonAsync("/oauth/device/approve", new { user_code = (string)started["user_code"]! });
            Assert.Equal(200, approved.Status);
            var answer = await PostAsync(
                third,
                "/oauth/token",
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", (string)started["device_code"]!),
                ("client_id", "tool")
            );
            Assert.True(answer.Status == 200, answer.Text);
            var token = (string)answer.Json["access_token"]!;
            foreach (var replica in new[] { first, second, third })
            {
                Assert.Equal(("200", true), await StateAsync(replica, token));
            }

            Assert.Equal(200, (await PostAsync(first, "/oauth/revoke", ("token", token), ("client_id", "tool"))).Status);

            var clock = Stopwatch.StartNew();
            await Task.WhenAll(
                new[] { first, second, third }.Select(replica =>
                    Eventually.TrueAsync(async () => await StateAsync(replica, token) is ("401", false), "the token is dead everywhere")
                )
            );
            slowest = clock.Elapsed;
            output.WriteLine($"dead everywhere {slowest.TotalMilliseconds:F0} ms after the answer to the revocation");
        }

        Assert.InRange(slowest, TimeSpan.Zero, _promise);
    }

    /// <summary>Status of a request with the token, and whether a service sees it in force.</summary>
    private static async Task<(string Status, bool IsActive)> StateAsync(WebBrowser replica, string token)
    {
        var used = await replica.GetAsync("/api/key", ("Authorization", $"Bearer {token}"));
        var facts = await replica.SendAsync(
            HttpMethod.Post,
            "/oauth/introspect",
            new FormUrlEncodedContent([KeyValuePair.Create("token", token)]),
            ("Authorization", $"Bearer {SidecarSandbox.ServiceCredential}")
        );
        return ($"{used.Status}", (bool)facts.Json["active"]!);
    }

    private static Task<WebAnswer> PostAsync(WebBrowser replica, string path, params (string Name, string Value)[] form) =>
        replica.SendAsync(
            HttpMethod.Post,
            path,
            new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Name, field.Value)))
        );
}

/// <summary>Three sidecars with one SQLite file.</summary>
public sealed class SqliteDeviceTests(ITestOutputHelper output) : SharedDeviceTests(output)
{
    private protected override Task<string?> ConnectionAsync() => Task.FromResult<string?>(null);
}

/// <summary>Three sidecars with one PostgreSQL.</summary>
[Needs("postgres")]
public sealed class PostgresDeviceTests(ITestOutputHelper output) : SharedDeviceTests(output)
{
    private protected override async Task<string?> ConnectionAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}

using System.Text.Json.Nodes;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.RateLimiting;

/// <summary>One real sidecar with an issuer, and an address that forges the issuer's tokens.</summary>
public sealed class ForgedTokenTests
{
    [Fact]
    public async Task Flood_IsThrottled_AndDeniesNoAuthenticatedToken()
    {
        await using var issuer = await LoopbackIssuer.StartAsync();
        using var sandbox = new SidecarSandbox();
        sandbox.Settings["Jwt"] = new JsonArray(
            new JsonObject { ["Issuer"] = $"{issuer.Address}/a", ["Audiences"] = new JsonArray("llm") }
        );
        sandbox.Settings["Limits"] = new JsonObject { ["FailedAuthPerMinute"] = 5, ["DefaultPermits"] = 0 };
        sandbox.Settings["Policies"]!["shared"] = new JsonObject { ["Scopes"] = new JsonArray("apps:run") };
        sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(sandbox);
        await seeder.AddUserAsync("ada");
        var key = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var client = new LimitClient(sidecar);
        var good = issuer.Keys[0].Sign(Claims("good"));
        var forger = IssuerKey.NewRsa("rsa-1");
        Assert.Equal("allow", await client.DirectAsync(good, "shared"));
        Assert.Equal("allow", await client.DirectAsync(key, "shared"));

        var forged = new List<string>();
        for (var number = 0; number < 50; number++)
        {
            forged.Add(
                await client.DirectAsync(
                    forger.Sign(Claims($"u{number}"), header => header.Remove(number % 2 == 0 ? "kid" : "none")),
                    "shared"
                )
            );
        }

        Assert.Equal(5, forged.Count(answer => answer == "invalid_token"));
        Assert.Equal(45, forged.Count(answer => answer == "too_many_failures"));
        Assert.Equal("allow", await client.DirectAsync(good, "shared"));
        Assert.Equal("allow", await client.DirectAsync(key, "shared"));
        Assert.Equal(
            "invalid_token",
            await client.DirectAsync(forger.Sign(new JsonObject { ["iss"] = "https://other.example" }), "shared")
        );
        Assert.Equal("too_many_failures", await client.DirectAsync(KeyToken.Generate(TokenFamily.Ask), "shared"));

        JsonObject Claims(string subject) =>
            new()
            {
                ["iss"] = $"{issuer.Address}/a",
                ["aud"] = "llm",
                ["sub"] = subject,
                ["exp"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds(),
                ["scope"] = "apps:run",
            };
    }
}

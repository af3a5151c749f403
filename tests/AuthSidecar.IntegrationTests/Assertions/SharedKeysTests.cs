using System.Text.Json.Nodes;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Authz = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.IntegrationTests.Assertions;

/// <summary>Assertions of real processes, verified with the keys that another one publishes.</summary>
public sealed class SharedKeysTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task TwoSidecarsOnOneStore_PublishEachOthersKeys()
    {
        _sandbox.Settings["Policies"]!["asserted"] = new JsonObject { ["Scopes"] = new JsonArray("apps:run"), ["Assertion"] = true };
        _sandbox.Save();
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        var key = await seeder.AddKeyAsync("ada", "apps:run");
        await using var one = await SidecarProcess.StartAsync(_sandbox, "one");
        await using var two = await SidecarProcess.StartAsync(_sandbox, "two");

        foreach (var (signer, publisher) in new[] { (one, one), (one, two), (two, one) })
        {
            var assertion = await AssertionAsync(signer, key.Token);
            using var http = new HttpClient { BaseAddress = publisher.Console };
            using var response = await http.GetAsync("/.well-known/jwks.json");
            var keys = new JsonWebKeySet(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync());

            Assert.Equal(TimeSpan.FromMinutes(5), response.Headers.CacheControl?.MaxAge);
            Assert.All(keys.Keys, published => Assert.False(published.HasPrivateKey));
            var result = await new JsonWebTokenHandler().ValidateTokenAsync(
                assertion,
                new TokenValidationParameters
                {
                    ValidIssuer = "authsidecar",
                    ValidAudience = "asserted",
                    ValidAlgorithms = ["ES256"],
                    IssuerSigningKeys = keys.GetSigningKeys(),
                    ClockSkew = TimeSpan.Zero,
                }
            );
            Assert.True(result.IsValid, result.Exception?.GetType().Name);
            Assert.Equal((key.Key.Id, "ada"), (result.Claims["key_id"], result.Claims["username"]));
        }
    }

    private static async Task<string> AssertionAsync(SidecarProcess sidecar, string token)
    {
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "GET",
            Path = "/app",
            Host = "localhost",
            HeaderMap = new()
            {
                Headers =
                {
                    new global::Envoy.Config.Core.V3.HeaderValue
                    {
                        Key = "authorization",
                        RawValue = ByteString.CopyFromUtf8($"Bearer {token}"),
                    },
                },
            },
        };
        var answer = await new Authz.AuthorizationClient(channel).CheckAsync(
            new()
            {
                Attributes = new()
                {
                    Request = new() { Http = http },
                    ContextExtensions = { ["policy"] = "asserted" },
                },
            },
            deadline: DateTime.UtcNow.AddSeconds(30)
        );
        return answer.OkResponse.Headers.Single(header => header.Header.Key == "x-authsidecar-caller-assertion").Header.Value;
    }
}

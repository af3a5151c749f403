using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage.Audit;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Administration.OAuth;

/// <summary>Tokens after their issue: metadata, revocation, introspection, and the lists of their owners.</summary>
public sealed class DeviceTokenTests : IAsyncLifetime
{
    private static readonly (string, string) _service = ("Authorization", $"Bearer {SidecarSandbox.ServiceCredential}");
    private OAuthHost _host = null!;

    public async Task InitializeAsync() => _host = await OAuthHost.StartAsync();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Metadata_DescribesTheServer()
    {
        var answer = await _host.Device.GetAsync("/.well-known/oauth-authorization-server");
        var issuer = _host.Issuer;
        Assert.Equal("application/json", answer.ContentHeaders.ContentType?.MediaType);
        Assert.Equal(
            JsonNode
                .Parse(
                    $$"""
                    {
                      "issuer": "{{issuer}}",
                      "token_endpoint": "{{issuer}}/oauth/token",
                      "device_authorization_endpoint": "{{issuer}}/oauth/device/code",
                      "revocation_endpoint": "{{issuer}}/oauth/revoke",
                      "introspection_endpoint": "{{issuer}}/oauth/introspect",
                      "grant_types_supported": ["{{OAuthHost.Grant}}"],
                      "token_endpoint_auth_methods_supported": ["none"],
                      "revocation_endpoint_auth_methods_supported": ["none"],
                      "introspection_endpoint_auth_methods_supported": ["Bearer"],
                      "scopes_supported": ["apps:run", "full", "llm:invoke"]
                    }
                    """
                )!
                .ToJsonString(),
            answer.Json.ToJsonString()
        );

        // Nor does a bearer key make another name one of this console.
        foreach (var headers in new (string, string)[][] { [("Host", "evil.example")], [("Host", "evil.example"), _service] })
        {
            var misdirected = await _host.Device.GetAsync("/.well-known/oauth-authorization-server", headers);
            Assert.Equal("421 misdirected_request", misdirected.Problem);
            Assert.NotEmpty((string)misdirected.Json["error_description"]!);
        }
    }

    [Fact]
    public async Task Metadata_NamesThePublicAddress_AndNoEmptyList()
    {
        await using var host = await OAuthHost.StartAsync(settings =>
        {
            settings["Console"] = new JsonObject { ["PublicUrl"] = "https://keys.example.com" };
            settings["Device"] = new JsonObject { ["Clients"] = new JsonArray() };
        });
        var answer = await host.Device.GetAsync("/.well-known/oauth-authorization-server");
        Assert.Equal("https://keys.example.com", (string?)answer.Json["issuer"]);
        Assert.Equal("https://keys.example.com/oauth/token", (string?)answer.Json["token_endpoint"]);
        Assert.DoesNotContain("[]", answer.Text, StringComparison.Ordinal);
        Assert.False(answer.Json.AsObject().ContainsKey("response_types_supported"));
    }

    [Fact]
    public async Task Revocation_EndsTheOwnTokenOnly()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        var token = (string)(await _host.CollectAsync(bob)).Json["token"]!;
        var key = await _host.Console.AddKeyAsync("bob", "apps:run");

        Assert.Equal("400 invalid_grant", (await RevokeAsync(token, "other")).Problem);
        Assert.Equal(200, (await FactsAsync(token)).Status);
        foreach (
            var unknown in new[]
            {
                "x",
                key,
                KeyToken.Generate(TokenFamily.Aso),
                // The id of a token without its secret.
                KeyToken.Generate(TokenFamily.Aso, KeyToken.IdOf(token)),
                KeyToken.Generate(TokenFamily.Ase, KeyToken.IdOf(token)),
                KeyToken.Generate(TokenFamily.Aso, KeyToken.IdOf(key)),
            }
        )
        {
            Assert.Equal((200, ""), ((await RevokeAsync(unknown, "tool")) is var answer ? (answer.Status, answer.Text) : default));
        }

        Assert.Equal((200, 200), ((await FactsAsync(token)).Status, (await FactsAsync(key)).Status));
        var revoked = await RevokeAsync(token, "tool");
        Assert.Equal((200, "no-store", "no-cache"), (revoked.Status, revoked.Header("Cache-Control"), revoked.Header("Pragma")));
        Assert.Equal(401, (await FactsAsync(token)).Status);
        Assert.Equal(200, (await RevokeAsync(token, "tool")).Status);
        await using var context = _host.Console.Store.Open();
        var id = KeyToken.IdOf(token);
        var events = await context.AuditEvents.Where(one => one.ActorId == id).ToListAsync();
        Assert.Equal(ActorKind.Key, Assert.Single(events).ActorKind);
    }

    [Fact]
    public async Task Introspection_IsForServicesOnly()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        var answer = await _host.CollectAsync(bob);
        var (token, id) = ((string)answer.Json["token"]!, (string)answer.Json["token_id"]!);
        var key = await _host.Console.AddKeyAsync("bob", "apps:run");

        var active = (await IntrospectAsync(token, _service)).Json;
        Assert.Equal(
            (true, "apps:run llm:invoke", "Bearer", "account", id, "tool", "bob"),
            (
                (bool)active["active"]!,
                (string?)active["scope"],
                (string?)active["token_type"],
                (string?)active["subject_type"],
                (string?)active["token_id"],
                (string?)active["client_id"],
                (string?)active["username"]
            )
        );
        Assert.Equal(14 * 86_400, (long)active["exp"]! - (long)active["iat"]!);
        Assert.True((bool)(await IntrospectAsync(key, _service)).Json["active"]!);

        foreach (var credential in new[] { null, "wrong", token, key })
        {
            (string, string)[] headers = credential is null ? [] : [("Authorization", $"Bearer {credential}")];
            var refused = await _host.PostAsync("/oauth/introspect", headers, ("token", token));
            Assert.Equal((401, "Bearer"), (refused.Status, refused.Header("WWW-Authenticate")));
            Assert.DoesNotContain("active", refused.Text, StringComparison.Ordinal);
        }

        Assert.Equal(401, (await bob.PostFormAsync("/oauth/introspect", new() { ["token"] = token })).Status);
        await RevokeAsync(token, "tool");
        foreach (var inactive in new[] { token, "x", KeyToken.Generate(TokenFamily.Aso), KeyToken.Generate(TokenFamily.Aso, id) })
        {
            var said = await IntrospectAsync(inactive, _service);
            Assert.Equal((200, """{"active":false}""", "no-store"), (said.Status, said.Text, said.Header("Cache-Control")));
        }
    }

    [Fact]
    public async Task Owners_ListAndEndTheirTokens()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        using var ada = await _host.Console.LoggedInAsync("ada");
        var first = (await _host.CollectAsync(bob)).Json;
        _host.Time.Advance(TimeSpan.FromSeconds(10));
        var second = (await _host.CollectAsync(bob, "other", "a phone")).Json;
        var foreign = (await _host.CollectAsync(ada)).Json;
        var (firstId, secondId) = ((string)first["token_id"]!, (string)second["token_id"]!);
        (string, string) own = ("Authorization", $"Bearer {(string)first["token"]!}");

        var list = (await _host.Device.GetAsync("/api/me/device-tokens", own)).Json;
        Assert.Equal([(secondId, "other", "a phone", false), (firstId, "tool", "a laptop", true)], list["items"]!.AsArray().Select(Item));
        Assert.Equal((2, false), ((int)list["total"]!, (bool)list["hasMore"]!));
        Assert.Equal(["full"], list["items"]![0]!["scopes"]!.AsArray().Select(scope => (string)scope!));
        var page = (await bob.GetAsync("/api/me/device-tokens?limit=1")).Json;
        Assert.Equal((2, true, secondId), ((int)page["total"]!, (bool)page["hasMore"]!, (string?)page["items"]![0]!["id"]));
        var next = (await bob.GetAsync($"/api/me/device-tokens?limit=1&cursor={(string)page["next"]!}")).Json;
        Assert.Equal(firstId, (string?)Assert.Single(next["items"]!.AsArray())!["id"]);

        string[] answers = [.. await EndAsync((string)foreign["token_id"]!), .. await EndAsync("unknown"), .. await EndAsync("a b")];
        Assert.Equal("404 unknown_device_token", Assert.Single(answers.Distinct()));
        Assert.Equal(200, (await FactsAsync((string)foreign["token"]!)).Status);

        Assert.Equal(
            """{"status":"revoked"}""",
            (await _host.Device.SendAsync(HttpMethod.Delete, $"/api/me/device-tokens/{secondId}", null, own)).Text
        );
        Assert.Equal(200, (await bob.SendAsync(HttpMethod.Delete, $"/api/me/device-tokens/{secondId}", null, bob.WithToken())).Status);
        Assert.Equal("403 csrf_failed", (await bob.SendAsync(HttpMethod.Delete, $"/api/me/device-tokens/{firstId}", null)).Problem);
        Assert.Equal(404, (await bob.SendAsync(HttpMethod.Delete, "/api/me/device-tokens/self", null, bob.WithToken())).Status);
        Assert.Equal(401, (await FactsAsync((string)second["token"]!)).Status);
        Assert.Equal(
            "revoked",
            (string?)(await _host.Device.SendAsync(HttpMethod.Delete, "/api/me/device-tokens/self", null, own)).Json["status"]
        );
        Assert.Equal(401, (await _host.Device.GetAsync("/api/me/device-tokens", own)).Status);
        Assert.Empty((await bob.GetAsync("/api/me/device-tokens")).Json["items"]!.AsArray());

        async Task<string[]> EndAsync(string id)
        {
            var path = $"/api/me/device-tokens/{Uri.EscapeDataString(id)}";
            var answer = await _host.Device.SendAsync(HttpMethod.Delete, path, null, own);
            var said = await bob.SendAsync(HttpMethod.Delete, path, null, bob.WithToken());
            Assert.Equal(answer.Text, said.Text);
            return [answer.Problem];
        }

        static (string, string, string, bool) Item(JsonNode? item) =>
            ((string)item!["id"]!, (string)item["clientId"]!, (string)item["deviceLabel"]!, (bool)item["current"]!);
    }

    [Fact]
    public async Task Keys_ListNoTokens()
    {
        foreach (var path in new[] { "/api/me/device-tokens", "/openapi/v1/account/sessions" })
        {
            var key = await _host.Console.AddKeyAsync("ada", "full", "manage");
            Assert.Equal(403, (await _host.Device.GetAsync(path, ("Authorization", $"Bearer {key}"))).Status);
            Assert.Equal(401, (await _host.Device.GetAsync(path)).Status);
        }
    }

    /// <summary>Seed 1.13 and 1.14: tokens in force of that subject; the same subject of another issuer is another.</summary>
    [Fact]
    public async Task ExternalIdentities_SeeTheirOwnTokens_WithDifysNames()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        await _host.CollectAsync(bob);
        var first = await IssueAsync("https://id.example.com", "sub");
        var second = await IssueAsync("https://id.example.com", "sub");
        await IssueAsync("https://id.example.com", "other");
        var foreign = await IssueAsync("https://other.example.com", "sub");
        (string, string) own = ("Authorization", $"Bearer {first.Token}");
        const string Path = "/openapi/v1/account/sessions";

        var list = (await _host.Device.GetAsync(Path, own)).Json;
        Assert.Equal((1, 100, 2, false), ((int)list["page"]!, (int)list["limit"]!, (int)list["total"]!, (bool)list["has_more"]!));
        Assert.Equal(
            new[] { first.Key.Id, second.Key.Id }.Order(StringComparer.Ordinal),
            list["data"]!.AsArray().Select(row => (string)row!["id"]!).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["id", "prefix", "client_id", "device_label", "created_at", "last_used_at", "expires_at"],
            list["data"]![0]!.AsObject().Select(member => member.Key)
        );
        Assert.Equal("ase_", (string?)list["data"]![0]!["prefix"]);
        var page = (await _host.Device.GetAsync($"{Path}?page=2&limit=1", own)).Json;
        Assert.Equal((2, false, 1), ((int)page["page"]!, (bool)page["has_more"]!, page["data"]!.AsArray().Count));
        Assert.True((bool)(await _host.Device.GetAsync($"{Path}?limit=1", own)).Json["has_more"]!);
        foreach (var query in new[] { "page=0", "page=x", "limit=0", "limit=201", "limit=1&limit=1", "q=x", "page=99999999999" })
        {
            var wrong = await _host.Device.GetAsync($"{Path}?{query}", own);
            Assert.Equal((400, "bad_request", 400), (wrong.Status, (string?)wrong.Json["code"], (int)wrong.Json["status"]!));
        }

        foreach (var id in new[] { foreign.Key.Id, "unknown", "a%20b" })
        {
            var unknown = await _host.Device.SendAsync(HttpMethod.Delete, $"{Path}/{id}", null, own);
            Assert.Equal("""{"code":"not_found","message":"session not found","status":404}""", unknown.Text);
        }

        Assert.Equal(
            """{"status":"revoked"}""",
            (await _host.Device.SendAsync(HttpMethod.Delete, $"{Path}/{second.Key.Id}", null, own)).Text
        );
        Assert.Equal(
            """{"status":"revoked"}""",
            (await _host.Device.SendAsync(HttpMethod.Delete, $"{Path}/{second.Key.Id}", null, own)).Text
        );
        Assert.Equal("""{"status":"revoked"}""", (await _host.Device.SendAsync(HttpMethod.Delete, $"{Path}/self", null, own)).Text);
        var ended = await _host.Device.GetAsync(Path, own);
        Assert.Equal((401, "unauthorized"), (ended.Status, (string?)ended.Json["code"]));
        Assert.Equal(1, (int)(await bob.GetAsync(Path)).Json["total"]!);
    }

    /// <summary>An approval whose device has not come back has no token yet, but can be ended.</summary>
    [Fact]
    public async Task UncollectedToken_IsNotListed_AndEnds()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        var (device, user) = await _host.BeginAsync();
        await bob.PostJsonAsync("/oauth/device/approve", new { user_code = user });
        Assert.Empty((await bob.GetAsync("/api/me/device-tokens")).Json["items"]!.AsArray());
        await using (var context = _host.Console.Store.Open())
        {
            var id = (await context.ApiKeys.SingleAsync()).Id;
            Assert.Equal(200, (await bob.SendAsync(HttpMethod.Delete, $"/api/me/device-tokens/{id}", null, bob.WithToken())).Status);
        }

        Assert.Equal("400 access_denied", (await _host.PollAsync(device)).Problem);
    }

    [Fact]
    public async Task Token_ComesWithTheTenants_AndWithoutThemInAnOutage()
    {
        using var bob = await _host.Console.LoggedInAsync("bob");
        foreach (var tenant in new[] { "beta", "acme" })
        {
            _ = (await new CreateTenant(_host.Console.Store, _host.Time).RunAsync(tenant, CancellationToken.None)).Value;
            _ = (await new AddMember(_host.Console.Store, _host.Time).RunAsync(tenant, "bob", "owner", CancellationToken.None)).Value;
        }

        var answer = (await _host.CollectAsync(bob)).Json;
        Assert.Equal(
            """[{"id":"acme","name":"acme","role":"owner","current":true},{"id":"beta","name":"beta","role":"owner","current":false}]""",
            answer["workspaces"]!.ToJsonString()
        );
        Assert.Equal("acme", (string?)answer["default_workspace_id"]);

        var outage = await WithoutAsync("Members", () => _host.CollectAsync(bob));
        Assert.Empty(outage.Json["workspaces"]!.AsArray());
        Assert.Equal(200, (await FactsAsync((string)outage.Json["token"]!)).Status);
    }

    [Fact]
    public async Task WithoutTheStore_NothingIsAnsweredButThat()
    {
        var (device, user) = await _host.BeginAsync();
        var token = KeyToken.Generate(TokenFamily.Aso);
        WebAnswer[] answers =
        [
            await WithoutAsync("DeviceGrants", () => _host.PostAsync("/oauth/device/code", ("client_id", "tool"), ("device_label", "a"))),
            await WithoutAsync("DeviceGrants", () => _host.PollAsync(device)),
            await WithoutAsync("DeviceGrants", () => _host.Device.GetAsync($"/oauth/device/lookup?user_code={user}")),
            await WithoutAsync("ApiKeys", () => RevokeAsync(token, "tool")),
            await WithoutAsync("ApiKeys", () => IntrospectAsync(token, _service)),
        ];
        Assert.All(answers, answer =>
        {
            Assert.Equal(("503 store_unavailable", "1"), (answer.Problem, answer.Header("Retry-After")));
            Assert.NotEmpty((string)answer.Json["error_description"]!);
        });
        Assert.Equal("400 authorization_pending", (await _host.PollAsync(device)).Problem);
    }

    private async Task<WebAnswer> WithoutAsync(string table, Func<Task<WebAnswer>> askAsync)
    {
        await RenameAsync(table, "Away");
        try
        {
            return await askAsync();
        }
        finally
        {
            await RenameAsync("Away", table);
        }
    }

    private async Task RenameAsync(string table, string name)
    {
        await using var context = _host.Console.Store.Open();
        await context.Database.ExecuteSqlRawAsync(string.Concat("ALTER TABLE ", table, " RENAME TO ", name));
    }

    private Task<WebAnswer> RevokeAsync(string token, string client) =>
        _host.PostAsync("/oauth/revoke", ("token", token), ("token_type_hint", "access_token"), ("client_id", client));

    private Task<WebAnswer> IntrospectAsync(string token, params (string, string)[] headers) =>
        _host.PostAsync("/oauth/introspect", headers, ("token", token));

    private Task<WebAnswer> FactsAsync(string token) => _host.Device.GetAsync("/api/key", ("Authorization", $"Bearer {token}"));

    private Task<IssuedKey> IssueAsync(string issuer, string subject) =>
        StoredDevice.AddAsync(
            _host.Console.Store,
            _host.Console.Services.GetRequiredService<KeyHasher>(),
            _host.Time,
            new ExternalIdentity(issuer, subject),
            "a phone"
        );
}

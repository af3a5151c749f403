using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Keys.Import;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Reports;

/// <summary>A sidecar with a few requests in its store, an admin and other users.</summary>
public sealed class ReportServers : IAsyncLifetime
{
    internal const int MostFailures = 60;
    internal const string Master = "master-key-for-tests-0123456789";

    private static readonly HttpClient _http = new();

    private SidecarProcess _sidecar = null!;

    internal SidecarSandbox Sandbox { get; } = new();

    internal KeySeeder Seeder { get; private set; } = null!;

    /// <summary>Tokens by their special property.</summary>
    internal Dictionary<string, string> Tokens { get; } = [];

    public async Task InitializeAsync()
    {
        Sandbox.Settings["Auth"]!["Mode"] = "both";
        Sandbox.Settings["Auth"]!["MasterKey"] = $"file:{Sandbox.WriteSecret("master", Master)}";
        Sandbox.Settings["Usage"] = new JsonObject { ["RetentionDays"] = 36_500 };
        Sandbox.Settings["Limits"] = new JsonObject { ["FailedAuthPerMinute"] = MostFailures };
        Sandbox.Settings["Console"] = new JsonObject
        {
            ["Keys"] = new JsonObject { ["Scopes"] = new JsonArray("llm:invoke", "apps:run"), ["MaxPerUser"] = 1000 },
        };
        Sandbox.Save();
        Seeder = await KeySeeder.OpenAsync(Sandbox);
        await AddUserAsync("ada", UserRole.Admin);
        await AddUserAsync("bob", UserRole.User);
        await AddUserAsync("eve", UserRole.Admin);
        await Seeder.SetStatusAsync("eve", UserStatus.Suspended);
        Tokens["admin"] = await AddKeyAsync(new("ada") { Scopes = ["full"] });
        Tokens["manager"] = await AddKeyAsync(new("ada") { Scopes = ["full", "manage"] });
        Tokens["admin, not full"] = await AddKeyAsync(new("ada") { Scopes = ["llm:invoke"] });
        Tokens["admin, bound to a tenant"] = await AddKeyAsync(new("ada") { Scopes = ["full"], Tenant = "acme" });
        Tokens["admin, service"] = await AddKeyAsync(new("ada") { Scopes = ["full"], Subject = SubjectType.Service });
        Tokens["admin, expired"] = await AddKeyAsync(new("ada") { Scopes = ["full"], ExpiresAt = DateTimeOffset.UnixEpoch });
        Tokens["admin, suspended"] = await AddKeyAsync(new("eve") { Scopes = ["full"] });
        Tokens["user"] = await AddKeyAsync(new("bob") { Scopes = ["full"] });
        Tokens["revoked"] = await AddKeyAsync(new("ada") { Scopes = ["full"] });
        Tokens["admin, device"] = await AddDeviceAsync("ada");
        Tokens["admin, imported"] = await ImportKeyAsync("ada");
        Tokens["unknown"] = KeyToken.Generate(TokenFamily.Ask);
        Tokens["foreign"] = "sk-ant-api03-0123456789";
        Tokens["master"] = Master;
        await RevokeAsync(KeyToken.IdOf(Tokens["revoked"]));
        var denied = UsageParts.Decided(UsageParts.Id(3));
        (denied.Decision, denied.Reason, denied.Client) = ("deny", "rate_limited", "=cmd|' /C calc'!A0");
        await new UsageRepository(Seeder.Store, UsageHarness.CostOf).WriteAsync(
            [.. UsageParts.Whole(1), .. UsageParts.Whole(2), denied],
            CancellationToken.None
        );
        _sidecar = await SidecarProcess.StartAsync(Sandbox);
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await Seeder.DisposeAsync();
        Sandbox.Dispose();
    }

    /// <summary>Imports a key that a command has given every scope since.</summary>
    private async Task<string> ImportKeyAsync(string user)
    {
        const string Token = "sk-an-imported-key-of-an-admin";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Token)));
        using var file = new StringReader($$"""{"token":"{{hash}}","user_id":"{{user}}"}""");
        _ = (await new ImportKeys(Seeder.Store, TimeProvider.System).RunAsync(file, ImportFormat.Litellm, CancellationToken.None)).Value;
        await using var context = Seeder.Store.Open();
        (await context.ApiKeys.SingleAsync(key => key.Format == KeyFormat.Litellm)).Scopes = "full manage";
        await context.SaveChangesAsync();
        return Token;
    }

    /// <summary>Sends a request with the admin's key, or with the given headers instead.</summary>
    internal async Task<ReportAnswer> GetAsync(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_sidecar.Console, path));
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        if (!request.Headers.Contains("Authorization") && !request.Headers.Contains("X-Api-Key") && !request.Headers.Contains("None"))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens["admin"]);
        }

        using var response = await _http.SendAsync(request);
        return new(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.ToString() ?? "",
            response.Headers.WwwAuthenticate.ToString(),
            response.Headers.CacheControl?.ToString() ?? "",
            await response.Content.ReadAsStringAsync()
        );
    }

    /// <summary>Sends a request with the key of an admin that has scope <c>manage</c>, or with the given headers instead.</summary>
    internal async Task<RestAnswered> SendAsync(string method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new(method), new Uri(_sidecar.Console, path));
        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        if (!request.Headers.Contains("X-Api-Key"))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Tokens["manager"]);
        }

        using var response = await _http.SendAsync(request);
        return new(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType ?? "",
            response
                .Headers.Concat(response.Content.Headers)
                .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            await response.Content.ReadAsStringAsync()
        );
    }

    private async Task AddUserAsync(string name, UserRole role) =>
        _ = (await new CreateUser(Seeder.Store, TimeProvider.System).RunAsync(new(name) { Role = role }, CancellationToken.None)).Value;

    private async Task RevokeAsync(string id) =>
        _ = (await new RevokeKey(Seeder.Store, TimeProvider.System).RunAsync(id, CancellationToken.None)).Value;

    private async Task<string> AddDeviceAsync(string user)
    {
        await using var context = Seeder.Store.Open();
        var owner = await context.Users.FindByNameOrIdAsync(user, CancellationToken.None);
        return (await StoredDevice.AddAsync(Seeder.Store, Seeder.Hasher, TimeProvider.System, owner!, "a laptop")).Token;
    }

    private async Task<string> AddKeyAsync(NewKey key) =>
        (await new CreateKey(Seeder.Store, Seeder.Hasher, TimeProvider.System).RunAsync(key, CancellationToken.None)).Value.Token;
}

/// <summary>The response to a request to the REST API.</summary>
internal sealed record RestAnswered(int Status, string Type, IReadOnlyDictionary<string, string> Headers, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>Status and code of a refusal, else the status.</summary>
    public string Word() => Status < 400 ? $"{Status}" : $"{Status} {Json["error"]}";
}

/// <summary>The response to a request for a report.</summary>
internal sealed record ReportAnswer(int Status, string ContentType, string Challenge, string Caching, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>The reason of a refusal, with its status; verifies the format.</summary>
    public string Problem()
    {
        Assert.Equal("application/problem+json", ContentType);
        Assert.Equal(Status, (int)Json["status"]!);
        Assert.NotEmpty((string)Json["title"]!);
        Assert.NotEmpty((string)Json["detail"]!);
        return $"{Status} {Json["error"]}";
    }
}

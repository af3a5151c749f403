using System.Text.Json.Nodes;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport.Corpus;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.Authentication.Jwt;

/// <summary>An issuer on a real socket, a fake clock, and the authenticator of the issuer's tokens.</summary>
internal sealed class JwtFixture : IAsyncDisposable
{
    private readonly IssuerClient _client;
    private readonly TestMetrics _metrics = new();

    private JwtFixture(LoopbackIssuer issuer, CacheOptions cache, ILoggerFactory? loggers, SidecarSettings? settings)
    {
        Issuer = issuer;
        _client = new(Time);
        Guard = settings is null ? null : new(new(settings.Limits), settings.Cache, _metrics.Limits, Time);
        Authenticator = new(cache, _client, Time, loggers ?? NullLoggerFactory.Instance, Guard);
        Entry = new() { Issuer = $"{issuer.Address}/a", Audiences = ["llm"] };
        Authenticator.Use([Entry]);
    }

    // Not a multiple of a second or a minute, to catch arithmetic that only works by luck.
    public AdjustableTime Time { get; } = new(new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero));

    public LoopbackIssuer Issuer { get; }

    /// <summary>Null unless the fixture was started with settings.</summary>
    public FailedAuthThrottle? Guard { get; }

    public JwtOptions Entry { get; private set; }

    public JwtAuthenticator Authenticator { get; }

    public SigningKeys Keys => Authenticator.Issuers.Single().Keys;

    public IssuerKey Rsa => Issuer.Keys[0];

    public IssuerKey Curve => Issuer.Keys[1];

    public static async Task<JwtFixture> StartAsync(
        Action<JwtOptions>? change = null,
        CacheOptions? cache = null,
        ILoggerFactory? loggers = null,
        SidecarSettings? settings = null
    )
    {
        var fixture = new JwtFixture(await LoopbackIssuer.StartAsync(), cache ?? new(), loggers, settings);
        if (change is not null)
        {
            fixture.Use(change);
        }

        return fixture;
    }

    /// <summary>Applies other settings as a reload does.</summary>
    public void Use(Action<JwtOptions> change)
    {
        Entry = new()
        {
            Issuer = Entry.Issuer,
            Audiences = Entry.Audiences,
            JwksUri = Entry.JwksUri,
            SubjectClaim = Entry.SubjectClaim,
            SubjectType = Entry.SubjectType,
            ScopesClaim = Entry.ScopesClaim,
            TenantClaim = Entry.TenantClaim,
            AllowedAlgorithms = Entry.AllowedAlgorithms,
            RevocationUri = Entry.RevocationUri,
        };
        change(Entry);
        Authenticator.Use([Entry]);
    }

    public long Seconds(TimeSpan fromNow) => (Time.GetUtcNow() + fromNow).ToUnixTimeSeconds();

    public JsonObject Claims(params (string Name, JsonNode? Value)[] others)
    {
        var claims = new JsonObject
        {
            ["iss"] = Entry.Issuer,
            ["aud"] = "llm",
            ["sub"] = "u1",
            ["iat"] = Seconds(TimeSpan.Zero),
            ["exp"] = Seconds(TimeSpan.FromHours(1)),
            ["scope"] = "llm:invoke apps:run",
        };
        foreach (var (name, value) in others)
        {
            claims.Remove(name);
            if (value is not null)
            {
                claims[name] = value;
            }
        }

        return claims;
    }

    public string Token(params (string Name, JsonNode? Value)[] others) => Rsa.Sign(Claims(others));

    public async Task<AuthenticationResult> AuthenticateAsync(string token, string? address = null) =>
        await Authenticator.AuthenticateAsync(token, CancellationToken.None, address);

    public async Task AcceptsAsync(string token)
    {
        var result = await AuthenticateAsync(token);
        Assert.True(result.Identity is not null, $"{result.Failure}");
    }

    public async Task RefusesAsync(AuthenticationFailure failure, string token)
    {
        var result = await AuthenticateAsync(token);
        Assert.Null(result.Identity);
        Assert.Equal(failure, result.Failure);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        _metrics.Dispose();
        return Issuer.DisposeAsync();
    }
}

/// <summary>A clock whose wall time can be set while its timestamps continue, as on a real machine.</summary>
internal sealed class AdjustableTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private TimeSpan _jumped;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _jumped;

    public override long GetTimestamp() => base.GetUtcNow().UtcTicks;

    public void Jump(TimeSpan by) => _jumped += by;
}

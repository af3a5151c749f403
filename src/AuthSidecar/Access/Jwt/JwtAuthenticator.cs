using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Jwt;

/// <summary>Authenticates a JWT of a configured issuer, independent of the store.</summary>
/// <param name="cache">Cache lifetimes.</param>
/// <param name="client">HTTP client for issuers.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Loggers of the issuers.</param>
/// <param name="throttle">Throttles signature verifications per address; null: none.</param>
internal sealed class JwtAuthenticator(
    CacheOptions cache,
    IssuerClient client,
    TimeProvider time,
    ILoggerFactory loggers,
    FailedAuthThrottle? throttle = null
)
{
    /// <summary>Maximum token length in characters: issuers write hundreds of groups or roles into one.</summary>
    public const int Longest = 32 * 1024;

    private readonly IdentityCache<TokenHash> _cache = new(cache, time);

    // A secret key, so that an attacker cannot construct tokens that collide in the cache.
    private readonly byte[] _hashKey = RandomNumberGenerator.GetBytes(TokenHash.Length);
    private volatile FrozenDictionary<string, JwtIssuer> _issuers = FrozenDictionary<string, JwtIssuer>.Empty;

    /// <summary>The issuers in force.</summary>
    public IReadOnlyList<JwtIssuer> Issuers => _issuers.Values;

    /// <summary>True for a JWT of a configured issuer, unverified.</summary>
    public bool IsOfAnIssuer(string token) =>
        _issuers.Count > 0
        && token.Length <= Longest
        && JwtText.TryRead(token, out var text)
        && text.Issuer is { } name
        && _issuers.ContainsKey(name);

    /// <summary>Replaces the issuers; keeps the keys of unchanged issuers and drops cached results.</summary>
    public void Use(IReadOnlyList<JwtOptions> entries)
    {
        var before = _issuers.Values;
        _issuers = entries.ToFrozenDictionary(entry => entry.Issuer, entry => Make(entry, before), StringComparer.Ordinal);
        Clear();
    }

    /// <param name="token">A token of the family <see cref="TokenFamily.Jwt"/>.</param>
    /// <param name="cancellationToken">Stops waiting; the result is cached nevertheless.</param>
    /// <param name="address">The client address to throttle; null: a trusted caller.</param>
    public ValueTask<AuthenticationResult> AuthenticateAsync(string token, CancellationToken cancellationToken, string? address = null)
    {
        if (_issuers.Count == 0)
        {
            return new(AuthenticationFailure.UnknownFamily);
        }

        if (token.Length > Longest)
        {
            return new(AuthenticationFailure.InvalidKey);
        }

        var hash = Hash(token);
        if (_cache.Find(hash, time.GetTimestamp()) is { } answer)
        {
            return new(answer.Result);
        }

        if (!JwtText.TryRead(token, out var text))
        {
            return new(AuthenticationFailure.InvalidKey);
        }

        if (text.Issuer is not { } name || !_issuers.TryGetValue(name, out var issuer))
        {
            return new(AuthenticationFailure.UnknownIssuer);
        }

        // Rejections without a verification are cheap and therefore not throttled.
        return issuer.NeedsVerification(text) && throttle?.MayLookUp(address, hash) == false
            ? new(AuthenticationFailure.TooManyFailures)
            : new(LoadAsync(hash, token, text, cancellationToken));
    }

    private Task<AuthenticationResult> LoadAsync(TokenHash hash, string token, JwtText text, CancellationToken cancellationToken) =>
        _cache.LoadAsync(hash, () => ReadAsync(hash, token, text), cancellationToken);

    private async Task<AuthenticationResult> ReadAsync(TokenHash hash, string token, JwtText text)
    {
        // The issuers may have been replaced since the caller read them.
        if (!_issuers.TryGetValue(text.Issuer!, out var issuer))
        {
            return AuthenticationFailure.UnknownIssuer;
        }

        var result = await issuer.VerifyAsync(token, text);
        if (result.Identity is not null)
        {
            throttle?.Passed(hash);
        }

        return result;
    }

    private JwtIssuer Make(JwtOptions entry, IEnumerable<JwtIssuer> before)
    {
        var keys = before.Select(issuer => issuer.Keys).FirstOrDefault(keys => keys.IsFor(entry));
        if (keys is null)
        {
            keys = new(entry, client, time, loggers.CreateLogger<SigningKeys>());
            keys.Changed += Clear;
        }

        return new(entry, keys, client, time, loggers.CreateLogger<JwtIssuer>());
    }

    private void Clear() => _cache.Invalidate(InvalidationSet.Everything);

    private TokenHash Hash(string token)
    {
        Span<byte> ascii = stackalloc byte[token.Length];
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        HMACSHA256.HashData(_hashKey, ascii[..Encoding.ASCII.GetBytes(token, ascii)], hash);
        return TokenHash.From(hash);
    }
}

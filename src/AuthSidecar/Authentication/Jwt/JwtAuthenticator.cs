using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Changes;
using AuthSidecar.Keys;
using AuthSidecar.RateLimiting;

namespace AuthSidecar.Authentication.Jwt;

/// <summary>From a JWT of a configured issuer to whom it stands for. Nothing here comes from the store, so its silence does not matter here.</summary>
/// <param name="cache">How long answers are remembered.</param>
/// <param name="client">Asks issuers.</param>
/// <param name="time">The clock.</param>
/// <param name="loggers">Of each issuer.</param>
/// <param name="guard">Which addresses may have signatures verified; null: all.</param>
internal sealed class JwtAuthenticator(CacheOptions cache, IssuerClient client, TimeProvider time, ILoggerFactory loggers, FailedAuthThrottle? guard = null)
{
    /// <summary>Characters of the longest token that is looked at.</summary>
    public const int Longest = 8 * 1024;

    private readonly IdentityCache<TokenHash> _cache = new(cache, time);

    // Nobody without it can make tokens that fall into one place of the cache.
    private readonly byte[] _hashKey = RandomNumberGenerator.GetBytes(TokenHash.Length);
    private volatile FrozenDictionary<string, JwtIssuer> _issuers = FrozenDictionary<string, JwtIssuer>.Empty;

    /// <summary>The issuers in force.</summary>
    public IReadOnlyList<JwtIssuer> Issuers => _issuers.Values;

    /// <summary>Goes on with other issuers; keys of those that stay are kept, answers are not.</summary>
    public void Use(IReadOnlyList<JwtOptions> entries)
    {
        var before = _issuers.Values;
        _issuers = entries.ToFrozenDictionary(entry => entry.Issuer, entry => Make(entry, before), StringComparer.Ordinal);
        Forget();
    }

    /// <param name="token">A token of the family <see cref="TokenFamily.Jwt"/>.</param>
    /// <param name="cancellationToken">Gives up waiting; the answer is remembered all the same.</param>
    /// <param name="address">Whose verifications the guard may refuse; null: a trusted caller's.</param>
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

        // What is refused unread costs little, and is never a matter of the address.
        return issuer.HasToVerify(text) && guard?.MayLookUp(address, hash) == false
            ? new(AuthenticationFailure.TooManyFailures)
            : new(LoadAsync(hash, token, text, cancellationToken));
    }

    private Task<AuthenticationResult> LoadAsync(TokenHash hash, string token, JwtText text, CancellationToken cancellationToken) =>
        _cache.LoadAsync(hash, () => ReadAsync(hash, token, text), cancellationToken);

    private async Task<AuthenticationResult> ReadAsync(TokenHash hash, string token, JwtText text)
    {
        // Of the issuers now in force: those of a moment ago may have been replaced.
        if (!_issuers.TryGetValue(text.Issuer!, out var issuer))
        {
            return AuthenticationFailure.UnknownIssuer;
        }

        var result = await issuer.VerifyAsync(token, text);
        if (result.Identity is not null)
        {
            guard?.Passed(hash);
        }

        return result;
    }

    private JwtIssuer Make(JwtOptions entry, IEnumerable<JwtIssuer> before)
    {
        var keys = before.Select(issuer => issuer.Keys).FirstOrDefault(keys => keys.IsFor(entry));
        if (keys is null)
        {
            keys = new(entry, client, time, loggers.CreateLogger<SigningKeys>());
            keys.Changed += Forget;
        }

        return new(entry, keys, client, time, loggers.CreateLogger<JwtIssuer>());
    }

    private void Forget() => _cache.Invalidate(InvalidationSet.Everything);

    private TokenHash Hash(string token)
    {
        Span<byte> ascii = stackalloc byte[Longest];
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        HMACSHA256.HashData(_hashKey, ascii[..Encoding.ASCII.GetBytes(token, ascii)], hash);
        return TokenHash.From(hash);
    }
}

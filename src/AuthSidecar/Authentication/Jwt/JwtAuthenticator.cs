using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Changes;
using AuthSidecar.Keys;

namespace AuthSidecar.Authentication.Jwt;

/// <summary>From a JWT of a configured issuer to whom it stands for. Nothing here comes from the store, so its silence does not matter here.</summary>
internal sealed class JwtAuthenticator(CacheOptions cache, IssuerClient client, TimeProvider time, ILoggerFactory loggers)
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
    public ValueTask<AuthenticationResult> AuthenticateAsync(string token, CancellationToken cancellationToken)
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
        return _cache.Find(hash, time.GetTimestamp()) is { } answer ? new(answer.Result) : new(LoadAsync(hash, token, cancellationToken));
    }

    private Task<AuthenticationResult> LoadAsync(TokenHash hash, string token, CancellationToken cancellationToken) =>
        _cache.LoadAsync(hash, () => ReadAsync(token), cancellationToken);

    private async Task<AuthenticationResult> ReadAsync(string token)
    {
        if (!JwtText.TryRead(token, out var text))
        {
            return AuthenticationFailure.InvalidKey;
        }

        return text.Issuer is { } name && _issuers.TryGetValue(name, out var issuer) ? await issuer.VerifyAsync(token, text) : AuthenticationFailure.UnknownIssuer;
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

    private void Forget() => _cache.Drop(ChangeSet.Everything);

    private TokenHash Hash(string token)
    {
        Span<byte> ascii = stackalloc byte[Longest];
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        HMACSHA256.HashData(_hashKey, ascii[..Encoding.ASCII.GetBytes(token, ascii)], hash);
        return TokenHash.From(hash);
    }
}

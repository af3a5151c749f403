using AuthSidecar.Changes;
using AuthSidecar.Keys;
using AuthSidecar.RateLimiting;
using AuthSidecar.Storage;

namespace AuthSidecar.Authentication;

/// <summary>From an API key, or the id of one, to whom it stands for.</summary>
internal sealed partial class ApiKeyAuthenticator(
    KeyHasher hasher,
    KeyReader reader,
    KeyCaches caches,
    ChangeWatcher watcher,
    KeyBookkeeping bookkeeping,
    LookupGuard guard,
    TimeProvider time,
    ILogger<ApiKeyAuthenticator> logger)
{
    private const int LongestId = 128;

    private readonly IdentityFactory _identities = new();
    private readonly long _useInterval = (long)(KeyBookkeeping.UseInterval.TotalSeconds * time.TimestampFrequency);
    private bool _isStoreSilent;

    /// <summary>Checks a presented key. What is not the form of one reaches neither cache nor store.</summary>
    /// <param name="token">As presented.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="address">Whose look-ups the guard may refuse; null: a trusted caller's.</param>
    public ValueTask<AuthenticationResult> AuthenticateAsync(string token, CancellationToken cancellationToken, string? address = null)
    {
        if (!KeyToken.TryParse(token, out var parsed) || parsed.Family != TokenFamily.Ask)
        {
            return new(AuthenticationFailure.InvalidKey);
        }

        var hash = hasher.Hash(token);
        if (TryAnswer(caches.ByToken, hash, out var answer))
        {
            return new(answer);
        }

        return guard.MayLookUp(address, hash) ? new(LoadAsync(hash, token, cancellationToken)) : new(AuthenticationFailure.TooManyFailures);
    }

    /// <summary>Checks a key that a trusted gateway names by its id: everything but the secret.</summary>
    public ValueTask<AuthenticationResult> AuthenticateKeyIdAsync(string keyId, CancellationToken cancellationToken)
    {
        // No key has such an id, and the cache must not remember megabytes of what somebody sent.
        if (keyId.Length is 0 or > LongestId)
        {
            return new(AuthenticationFailure.UnknownKey);
        }

        return TryAnswer(caches.ById, keyId, out var answer)
            ? new(answer)
            : new(caches.ById.LoadAsync(keyId, () => ReadAsync(keyId, null), cancellationToken));
    }

    private async Task<AuthenticationResult> LoadAsync(TokenHash hash, string token, CancellationToken cancellationToken)
    {
        var result = await caches.ByToken.LoadAsync(hash, () => ReadAsync(KeyToken.IdOf(token), token), cancellationToken);
        if (result.Identity is not null)
        {
            guard.Passed(hash);
        }

        return result;
    }

    private bool TryAnswer<TKey>(IdentityCache<TKey> cache, TKey key, out AuthenticationResult answer)
        where TKey : notnull
    {
        var now = time.GetTimestamp();
        if (!watcher.IsFresh(now))
        {
            answer = AuthenticationFailure.StoreUnavailable;
            return true;
        }

        if (cache.Find(key, now) is not { } cached)
        {
            caches.Counts<TKey>().Miss();
            answer = default;
            return false;
        }

        caches.Counts<TKey>().Hit();
        answer = cached.Result;
        if (answer.Identity is { } identity && cached.IsUseToBeNoted(now, _useInterval))
        {
            bookkeeping.NoteUse(identity.KeyId);
        }

        return true;
    }

    private async Task<AuthenticationResult> ReadAsync(string keyId, string? token)
    {
        try
        {
            var key = await reader.FindAsync(keyId, CancellationToken.None);
            if (_isStoreSilent)
            {
                _isStoreSilent = false;
                LogStoreAnswers();
            }

            return Judge(key, token);
        }
        catch (StoreUnavailableException exception)
        {
            if (!_isStoreSilent)
            {
                _isStoreSilent = true;
                LogStoreSilent(exception);
            }

            return AuthenticationFailure.StoreUnavailable;
        }
    }

    private AuthenticationResult Judge(KeyRecord? key, string? token)
    {
        if (KeyRules.BeforeHash(key, time.GetUtcNow()) is { } failure)
        {
            if (failure == AuthenticationFailure.ExpiredKey && key!.ExpiredAt is null)
            {
                bookkeeping.NoteExpiry(key);
            }

            return failure;
        }

        if (token is not null)
        {
            var match = hasher.Compare(token, key!.Hash);
            if (match == HashMatch.None)
            {
                return AuthenticationFailure.InvalidKey;
            }

            if (match == HashMatch.Older)
            {
                bookkeeping.NoteOlderHash(key, hasher.Hash(token));
            }
        }

        if (KeyRules.AfterHash(key!) is { } refusal)
        {
            return refusal;
        }

        bookkeeping.NoteUse(key!);
        return _identities.Make(key!);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store does not answer; keys that are not remembered are refused with 503.")]
    private partial void LogStoreSilent(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store answers again.")]
    private partial void LogStoreAnswers();
}

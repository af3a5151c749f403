using AuthSidecar.Access.Identities;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Access.Authentication;

/// <summary>Authenticates an API key, or a key named by its id.</summary>
internal sealed partial class ApiKeyAuthenticator(
    KeyHasher hasher,
    KeyReader reader,
    ImportedFormats imported,
    KeyCaches caches,
    InvalidationPoller poller,
    KeyBookkeeping bookkeeping,
    FailedAuthThrottle throttle,
    TimeProvider time,
    ILogger<ApiKeyAuthenticator> logger
)
{
    private const int LongestId = 128;

    private readonly IdentityFactory _identities = new();
    private readonly long _useInterval = time.ToTimestamps(KeyBookkeeping.UseInterval);
    private readonly OutageLog _outage = new(time);

    /// <summary>Authenticates a presented key. Malformed keys are rejected before the cache and the store.</summary>
    /// <param name="token">As presented.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="address">The client address to throttle; null: a trusted caller.</param>
    public ValueTask<AuthenticationResult> AuthenticateAsync(string token, CancellationToken cancellationToken, string? address = null)
    {
        if (TokenFamilies.Of(token).ToFormat() is not { } format)
        {
            return new(AuthenticationFailure.UnknownFamily);
        }

        if (format.IsImported() ? !IsWellFormed(token) : !KeyToken.TryParse(token, out _))
        {
            return new(AuthenticationFailure.InvalidKey);
        }

        var hash = hasher.Hash(token);
        return TryAnswer(caches.ByToken, hash, address, out var answer)
            ? new(answer)
            : new(LoadAsync(hash, token, format, address, cancellationToken));
    }

    /// <summary>Authenticates a key that a trusted gateway names by id: every check but the secret.</summary>
    public ValueTask<AuthenticationResult> AuthenticateKeyIdAsync(string keyId, CancellationToken cancellationToken)
    {
        // No key has such an id, and the cache must not store megabytes of client input.
        if (keyId.Length is 0 or > LongestId)
        {
            return new(AuthenticationFailure.UnknownKey);
        }

        return TryAnswer(caches.ById, keyId, null, out var answer)
            ? new(answer)
            : new(
                LoadAsync(
                    caches.ById,
                    keyId,
                    () => ReadAsync(() => reader.FindAsync(keyId, CancellationToken.None), null, null),
                    cancellationToken
                )
            );
    }

    private static bool IsWellFormed(string token) =>
        token.Length <= TokenFamilies.Longest && !token.AsSpan().ContainsAnyExceptInRange('!', '~');

    private async Task<AuthenticationResult> LoadAsync(
        TokenHash hash,
        string token,
        KeyFormat format,
        string? address,
        CancellationToken cancellationToken
    )
    {
        var isRemembered = caches.ByToken.FindAging(hash, time.GetTimestamp()) is not null;
        if (!isRemembered && !throttle.MayLookUp(address, hash) && !await IsRejectedWithoutLookupAsync(format))
        {
            return AuthenticationFailure.TooManyFailures;
        }

        var result = await LoadAsync(caches.ByToken, hash, () => ReadAsync(token, format, address), cancellationToken);
        if (result.Identity is not null)
        {
            throttle.Passed(hash);
        }

        return result;
    }

    private Task<AuthenticationResult> LoadAsync<TKey>(
        IdentityCache<TKey> cache,
        TKey key,
        Func<Task<AuthenticationResult>> read,
        CancellationToken cancellationToken
    )
        where TKey : notnull =>
        cache.FindAging(key, time.GetTimestamp()) is { } remembered
            ? cache.RenewAsync(key, remembered, read, poller.IsStoreUp, cancellationToken)
            : cache.LoadAsync(key, read, cancellationToken);

    private async ValueTask<bool> IsRejectedWithoutLookupAsync(KeyFormat format)
    {
        try
        {
            return format.IsImported() && !await imported.ContainAsync(format);
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private bool TryAnswer<TKey>(IdentityCache<TKey> cache, TKey key, string? address, out AuthenticationResult answer)
        where TKey : notnull
    {
        var now = time.GetTimestamp();
        if (!poller.IsFresh(now))
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
            bookkeeping.NoteUse(identity.KeyId, address);
        }

        return true;
    }

    private Task<AuthenticationResult> ReadAsync(string token, KeyFormat format, string? address) =>
        ReadAsync(
            () =>
                format switch
                {
                    _ when format.HasNoId() => reader.FindByHashAsync(hasher.Candidates(format, token), CancellationToken.None),
                    KeyFormat.Coder => reader.FindAsync(token[..TokenFamilies.CoderIdLength], CancellationToken.None),
                    _ => reader.FindAsync(KeyToken.IdOf(token), CancellationToken.None),
                },
            new(token, format),
            address
        );

    private async Task<AuthenticationResult> ReadAsync(Func<Task<KeyRecord?>> find, PresentedKey? presented, string? address)
    {
        try
        {
            if (presented is { } known && known.Format.IsImported() && !await imported.ContainAsync(known.Format))
            {
                return AuthenticationFailure.UnknownFamily;
            }

            var key = await find();
            if (_outage.Recover() is { } outage)
            {
                LogStoreAvailable(outage.Duration, outage.Failures);
            }

            return Judge(key, presented, address);
        }
        catch (StoreUnavailableException exception)
        {
            if (_outage.Fail())
            {
                LogStoreUnavailable(exception);
            }

            return AuthenticationFailure.StoreUnavailable;
        }
    }

    private AuthenticationResult Judge(KeyRecord? key, PresentedKey? presented, string? address)
    {
        if (key is null)
        {
            return AuthenticationFailure.UnknownKey;
        }

        // The state of a key is disclosed only to callers that know its secret, and to gateways that are trusted to name it.
        var match = presented is { } known ? Compare(key, known) : HashMatch.Current;
        if (match == HashMatch.None)
        {
            return AuthenticationFailure.InvalidKey;
        }

        if (KeyRules.OfKey(key, time.GetUtcNow()) is { } failure)
        {
            if (failure == AuthenticationFailure.ExpiredKey && key.ExpiredAt is null)
            {
                bookkeeping.NoteExpiry(key);
            }

            return Denied(key, failure);
        }

        if (presented is { } used && (match == HashMatch.Older || key.Pepper != hasher.PepperId))
        {
            bookkeeping.NoteHash(key, hasher.Hash(used.Token), hasher.PepperId);
        }

        if (KeyRules.OfOwner(key) is { } ownerFailure)
        {
            return Denied(key, ownerFailure);
        }

        bookkeeping.NoteUse(key, address);
        return _identities.Make(key);
    }

    // A token of one family must never match a row of another, whatever the store holds.
    private HashMatch Compare(KeyRecord key, PresentedKey presented) =>
        presented.Format != key.Format ? HashMatch.None
        : key.IsHashImported ? hasher.CompareImported(presented.Format, presented.Token, key.Hash)
        : hasher.Compare(presented.Token, key.Hash);

    // A row without the subject that its format requires has no identity.
    private AuthenticationResult Denied(KeyRecord key, AuthenticationFailure failure) =>
        AuthenticationResult.Denied(failure, KeyRules.HasSubject(key) ? _identities.Make(key) : null);

    private readonly record struct PresentedKey(string Token, KeyFormat Format)
    {
        public override string ToString() => $"a token of format {Format}";
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Store unavailable; denying uncached keys with 503.")]
    private partial void LogStoreUnavailable(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Store available again after {Duration}; {Failures} key lookups failed.")]
    private partial void LogStoreAvailable(TimeSpan duration, long failures);
}

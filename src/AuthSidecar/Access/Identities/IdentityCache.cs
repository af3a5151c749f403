using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Identities;

/// <summary>Cache of authentication results: identities and failures.</summary>
internal sealed class IdentityCache<TKey>(CacheOptions options, TimeProvider time)
    : ReadThroughCache<TKey, AuthenticationResult>(options.Capacity, options.PositiveTtl, options.NegativeTtl, time)
    where TKey : notnull
{
    private readonly TimeProvider _time = time;

    protected override AnswerKind KindOf(AuthenticationResult answer) =>
        answer.Identity is not null ? AnswerKind.Yes
        : answer.Failure is AuthenticationFailure.StoreUnavailable or AuthenticationFailure.IssuerUnavailable ? AnswerKind.Unknown
        : AnswerKind.No;

    protected override bool IsTouched(TKey key, AuthenticationResult answer, InvalidationSet invalidations) =>
        invalidations.Touches(answer.Identity!);

    protected override bool HasExpired(AuthenticationResult answer) =>
        answer.Identity!.ExpiresAt is { } expiry && _time.GetUtcNow() > expiry;
}

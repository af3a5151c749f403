using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Identities;

/// <summary>Cache of authentication results: identities and failures.</summary>
/// <param name="options">Lifetimes and size.</param>
/// <param name="time">The clock.</param>
/// <param name="beyond">Time that an identity of the store counts beyond its lifetime while the store does not answer.</param>
internal sealed class IdentityCache<TKey>(CacheOptions options, TimeProvider time, TimeSpan beyond = default)
    : ReadThroughCache<TKey, AuthenticationResult>(options.Capacity, options.PositiveTtl, options.NegativeTtl, time, beyond)
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

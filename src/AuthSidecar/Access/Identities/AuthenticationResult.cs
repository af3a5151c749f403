using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Access.Identities;

/// <summary>Reason of a failed authentication, in the order of the checks.</summary>
internal enum AuthenticationFailure
{
    /// <summary>Default. No result; always a failure.</summary>
    Undecided,

    /// <summary>Malformed, a wrong checksum, or a wrong secret.</summary>
    InvalidKey,

    /// <summary>Of no accepted family; not looked up.</summary>
    UnknownFamily,
    UnknownKey,
    RevokedKey,
    ExpiredKey,
    UnknownUser,
    DeletedUser,
    InactiveUser,
    SystemUser,

    /// <summary>An ID token of an issuer that is not configured.</summary>
    UnknownIssuer,
    WrongAudience,

    /// <summary>Signed by none of the issuer's keys, or with an algorithm that is not accepted.</summary>
    WrongSignature,

    /// <summary>No key id, and too many keys of its issuer to try.</summary>
    AmbiguousKey,
    NotYetValid,

    /// <summary>Not looked up: too many authentications of the caller's address failed.</summary>
    TooManyFailures,

    /// <summary>The store is unavailable.</summary>
    StoreUnavailable,

    /// <summary>The issuer's keys or its revocation check are unavailable.</summary>
    IssuerUnavailable,
}

/// <summary>An identity or a failure. The default value is a failure.</summary>
internal readonly struct AuthenticationResult
{
    private AuthenticationResult(Identity? identity, AuthenticationFailure failure, Identity? denied = null) =>
        (Identity, Failure, DeniedIdentity) = (identity, failure, denied);

    public Identity? Identity { get; }

    /// <summary>Meaningful only without an <see cref="Identity"/>.</summary>
    public AuthenticationFailure Failure { get; }

    /// <summary>
    /// The caller of a denied credential whose secret or signature was verified, for logs and usage rows only; else null.
    /// </summary>
    public Identity? DeniedIdentity { get; }

    /// <summary>A failure of a credential whose secret or signature was verified.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="denied">Its caller, or null.</param>
    public static AuthenticationResult Denied(AuthenticationFailure failure, Identity? denied) => new(null, failure, denied);

    public static implicit operator AuthenticationResult(Identity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return new(identity, default);
    }

    public static implicit operator AuthenticationResult(AuthenticationFailure failure) => new(null, failure);
}

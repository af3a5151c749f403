using AuthSidecar.Pipeline;

namespace AuthSidecar.Authentication;

/// <summary>Why a key does not authenticate. The order of checks is the order of this list.</summary>
internal enum AuthenticationFailure
{
    /// <summary>Not decided: the default result, which must never count as a success.</summary>
    Undecided,

    /// <summary>Not the form of any key, a wrong checksum, or a wrong secret.</summary>
    InvalidKey,

    /// <summary>Of no family that is accepted here; nothing was looked up.</summary>
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

    /// <summary>Names no key of its issuer, and too many would have to be tried.</summary>
    AmbiguousKey,
    NotYetValid,

    /// <summary>Not looked up: too many authentications of the caller's address failed.</summary>
    TooManyFailures,

    /// <summary>The store did not answer: nothing is known about the key.</summary>
    StoreUnavailable,

    /// <summary>The issuer's keys, or its word on revocations, cannot be had: nothing is known about the token.</summary>
    IssuerUnavailable,
}

/// <summary>An identity, or why there is none. The default value is a failure.</summary>
internal readonly struct AuthenticationResult
{
    private AuthenticationResult(Identity? identity, AuthenticationFailure failure) => (Identity, Failure) = (identity, failure);

    public Identity? Identity { get; }

    /// <summary>Meaningful only without an <see cref="Identity"/>.</summary>
    public AuthenticationFailure Failure { get; }

    public static implicit operator AuthenticationResult(Identity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        return new(identity, default);
    }

    public static implicit operator AuthenticationResult(AuthenticationFailure failure) => new(null, failure);
}

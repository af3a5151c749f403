using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Authentication;

/// <summary>The checks of a stored key, in order of precedence.</summary>
internal static class KeyRules
{
    /// <returns>The failure that follows from the key, or null.</returns>
    public static AuthenticationFailure? OfKey(KeyRecord key, DateTimeOffset now) =>
        key switch
        {
            { RevokedAt: not null } => AuthenticationFailure.RevokedKey,
            _ when HasExpired(key, now) => AuthenticationFailure.ExpiredKey,
            _ => null,
        };

    /// <returns>The failure that follows from the owner, or null.</returns>
    public static AuthenticationFailure? OfOwner(KeyRecord key) =>
        key switch
        {
            _ when !HasSubject(key) => AuthenticationFailure.InvalidKey,
            { Format: KeyFormat.Ase } => null,
            { Username: null } => AuthenticationFailure.UnknownUser,
            { UserStatus: UserStatus.Deleted } => AuthenticationFailure.DeletedUser,
            { UserStatus: not UserStatus.Active } => AuthenticationFailure.InactiveUser,
            { IsSystemUser: not false } => AuthenticationFailure.SystemUser,
            _ => null,
        };

    /// <summary>False for a token of external SSO whose row names no subject, or names a user.</summary>
    public static bool HasSubject(KeyRecord key) =>
        key is { Format: not KeyFormat.Ase } or { UserId: null, ExternalIssuer.Length: > 0, ExternalSubject.Length: > 0 };

    // A key is still valid at the instant of its expiry.
    private static bool HasExpired(KeyRecord key, DateTimeOffset now) => key.ExpiredAt is not null || key.ExpiresAt < now;
}

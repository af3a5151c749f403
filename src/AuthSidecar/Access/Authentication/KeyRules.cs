using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Authentication;

/// <summary>The checks of a stored key, in order of precedence.</summary>
internal static class KeyRules
{
    /// <returns>The failure, or null.</returns>
    public static AuthenticationFailure? BeforeHash(KeyRecord? key, DateTimeOffset now) =>
        key switch
        {
            null => AuthenticationFailure.UnknownKey,
            { RevokedAt: not null } => AuthenticationFailure.RevokedKey,
            _ when HasExpired(key, now) => AuthenticationFailure.ExpiredKey,
            _ => null,
        };

    /// <returns>The failure that follows from the owner, or null.</returns>
    public static AuthenticationFailure? AfterHash(KeyRecord key) =>
        key switch
        {
            { Format: KeyFormat.Ase, UserId: null, ExternalIssuer.Length: > 0, ExternalSubject.Length: > 0 } => null,
            { Format: KeyFormat.Ase } => AuthenticationFailure.InvalidKey,
            { Username: null } => AuthenticationFailure.UnknownUser,
            { UserStatus: UserStatus.Deleted } => AuthenticationFailure.DeletedUser,
            { UserStatus: not UserStatus.Active } => AuthenticationFailure.InactiveUser,
            { IsSystemUser: not false } => AuthenticationFailure.SystemUser,
            _ => null,
        };

    // A key is still valid at the instant of its expiry.
    private static bool HasExpired(KeyRecord key, DateTimeOffset now) => key.ExpiredAt is not null || key.ExpiresAt < now;
}

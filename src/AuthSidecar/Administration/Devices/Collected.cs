using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Devices;

/// <summary>Answer to a device's poll.</summary>
internal enum CollectedKind
{
    /// <summary>Less than five seconds after the previous poll.</summary>
    SlowDown,

    /// <summary>Unknown, of another client, expired or collected before.</summary>
    Expired,
    Pending,
    Denied,
    Token,
}

/// <param name="Kind">The answer.</param>
/// <param name="Token">The token, exactly for <see cref="CollectedKind.Token"/>; shown once.</param>
/// <param name="Account">Owner of the token; null for an external identity.</param>
/// <param name="SubjectEmail">Address of an external identity; null: none.</param>
internal sealed record Collected(CollectedKind Kind, IssuedKey? Token, User? Account, string? SubjectEmail);

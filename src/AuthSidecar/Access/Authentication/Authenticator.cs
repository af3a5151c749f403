using AuthSidecar.Access.Identities;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Access.Authentication;

/// <summary>Authenticates a token or the id of a key. The mode selects the accepted kinds, and the token's form selects the kind.</summary>
internal sealed class Authenticator(ApiKeyAuthenticator keys, JwtAuthenticator jwts, LiveOptions<AcceptedCredentials> accepted)
{
    // A service without an owner, with every permission.
    private static readonly Identity _master = new("master", SubjectType.Service, null, null, ["full"], null, null);

    /// <summary>True for the identity of the master key.</summary>
    public static bool IsMaster(Identity identity) => ReferenceEquals(identity, _master);

    /// <param name="token">As presented.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <param name="address">The client address whose lookups and signature verifications are throttled; null: a trusted caller.</param>
    public ValueTask<AuthenticationResult> AuthenticateAsync(string token, CancellationToken cancellationToken, string? address = null)
    {
        var current = accepted.Current;
        if (current.IsMasterKey(token))
        {
            return new(_master);
        }

        if (!current.AreUsers)
        {
            return new(AuthenticationFailure.UnknownFamily);
        }

        return TokenFamilies.Of(token) == TokenFamily.Jwt
            ? jwts.AuthenticateAsync(token, cancellationToken, address)
            : keys.AuthenticateAsync(token, cancellationToken, address);
    }

    /// <summary>Authenticates a key that a trusted gateway names by id: every check but the secret.</summary>
    public ValueTask<AuthenticationResult> AuthenticateKeyIdAsync(string keyId, CancellationToken cancellationToken) =>
        accepted.Current.AreUsers ? keys.AuthenticateKeyIdAsync(keyId, cancellationToken) : new(AuthenticationFailure.UnknownKey);
}

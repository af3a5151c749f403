using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Authentication;

/// <summary>Authenticates a token or the id of a key. The mode selects the accepted kinds, and the token's form selects the kind.</summary>
internal sealed class Authenticator(
    ApiKeyAuthenticator keys,
    JwtAuthenticator jwts,
    ImportedFormats imported,
    LiveOptions<AcceptedCredentials> accepted
)
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

    /// <summary>
    /// True for a token of an accepted family, by its form: the mode accepts it, its issuer is configured, or keys of its kind were
    /// imported. Credentials of providers are of no family, although LiteLLM's keys begin alike.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Whether such keys were imported is unknown.</exception>
    public ValueTask<bool> AcceptsFormAsync(string token)
    {
        var current = accepted.Current;
        if (current.IsMasterKey(token))
        {
            return new(true);
        }

        var family = TokenFamilies.Of(token);
        return (current.AreUsers, family, family.ToFormat()) switch
        {
            (false, _, _) => new(false),
            (_, TokenFamily.Jwt, _) => new(jwts.IsOfAnIssuer(token)),
            (_, _, null) => new(false),
            (_, _, { } format) when format.IsImported() => ProviderPrefixes.IsKnown(token) ? new(false) : imported.ContainAsync(format),
            _ => new(true),
        };
    }

    /// <summary>Authenticates a key that a trusted gateway names by id: every check but the secret.</summary>
    public ValueTask<AuthenticationResult> AuthenticateKeyIdAsync(string keyId, CancellationToken cancellationToken) =>
        accepted.Current.AreUsers ? keys.AuthenticateKeyIdAsync(keyId, cancellationToken) : new(AuthenticationFailure.UnknownKey);
}

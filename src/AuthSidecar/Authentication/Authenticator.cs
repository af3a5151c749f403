using AuthSidecar.Authentication.Jwt;
using AuthSidecar.Configuration;
using AuthSidecar.Keys;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Authentication;

/// <summary>From a token or the id of a key to whom it stands for: the mode decides which kinds count, the token's form which of them it is.</summary>
internal sealed class Authenticator(ApiKeyAuthenticator keys, JwtAuthenticator jwts, SettingsMonitor settings)
{
    // Nobody owns it: it is a machine's key that may do everything.
    private static readonly Identity _master = new("master", SubjectType.Service, null, null, ["full"], null, null);

    /// <summary>Whether it is the master key's, which is an admin's although nobody owns it.</summary>
    public static bool IsMaster(Identity identity) => ReferenceEquals(identity, _master);

    /// <param name="token">As presented.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <param name="address">Whose look-ups in the store, and verifications of signatures, may be refused; null: a trusted caller's.</param>
    public ValueTask<AuthenticationResult> AuthenticateAsync(string token, CancellationToken cancellationToken, string? address = null)
    {
        var current = settings.Current;
        var mode = current.Settings.Auth.Mode;
        if (mode != AuthMode.Users && current.MasterKey.Contains(token))
        {
            return new(_master);
        }

        if (mode == AuthMode.Legacy)
        {
            return new(AuthenticationFailure.UnknownFamily);
        }

        return TokenFamilies.Of(token) == TokenFamily.Jwt ? jwts.AuthenticateAsync(token, cancellationToken, address) : keys.AuthenticateAsync(token, cancellationToken, address);
    }

    /// <summary>Checks a key that a trusted gateway names by its id: everything but the secret.</summary>
    public ValueTask<AuthenticationResult> AuthenticateKeyIdAsync(string keyId, CancellationToken cancellationToken) =>
        settings.Current.Settings.Auth.Mode == AuthMode.Legacy ? new(AuthenticationFailure.UnknownKey) : keys.AuthenticateKeyIdAsync(keyId, cancellationToken);
}

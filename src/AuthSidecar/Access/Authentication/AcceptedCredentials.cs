using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Authentication;

/// <summary>Which kinds of credential authenticate, compiled from <c>Auth:Mode</c> and <c>Auth:MasterKey</c>.</summary>
internal sealed class AcceptedCredentials(AuthOptions auth)
{
    private readonly SharedSecrets _masterKey = new(auth.MasterKey is { } key ? [key] : []);

    /// <summary>Keys and ID tokens of users.</summary>
    public bool AreUsers => auth.Mode != AuthMode.Legacy;

    /// <summary>The master key, where the mode accepts it.</summary>
    public bool IsMasterKey(string token) => auth.Mode != AuthMode.Users && _masterKey.Contains(token);
}

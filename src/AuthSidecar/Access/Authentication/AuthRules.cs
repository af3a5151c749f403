using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Authentication;

/// <summary>Warns of settings in section <c>Auth</c> that deny or allow more than an operator may expect.</summary>
internal static class AuthRules
{
    public static void CheckEnabled(AuthOptions auth, ConfigurationErrors problems)
    {
        if (!auth.Enabled)
        {
            problems.Warn("Auth:Enabled", "is false, so every request is denied with 503 bearer_auth_disabled");
        }
    }

    public static void CheckMode(AuthOptions auth, ConfigurationErrors problems)
    {
        if (auth.Mode == AuthMode.Both && auth.MasterKey is not null)
        {
            problems.Warn(
                "Auth:Mode",
                "is both: the master key permits everything and does not expire; change to users when no client needs it any more"
            );
        }
        else if (auth.Mode == AuthMode.Both)
        {
            problems.Warn("Auth:Mode", "is both, but Auth:MasterKey is empty, so only users' keys authenticate");
        }
        else if (auth.Mode == AuthMode.Legacy && auth.MasterKey is null)
        {
            problems.Warn("Auth:Mode", "is legacy, but Auth:MasterKey is empty, so every credential is denied with 401 invalid_token");
        }
    }
}

using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Authentication;

/// <summary>Accepted credentials: all but the master key, only the master key, or all.</summary>
internal enum AuthMode
{
    Users,
    Legacy,
    Both,
}

/// <summary>Section <c>Auth</c>.</summary>
internal sealed class AuthOptions
{
    /// <summary>Accepted credentials: all but the master key, only the master key, or all.</summary>
    public AuthMode Mode { get; set; } = AuthMode.Users;

    /// <summary>False denies every request with 503 <c>bearer_auth_disabled</c>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>HMAC keys: the first hashes new keys, all are tried. Empty: one is generated in the data directory.</summary>
    public List<Secret> Peppers { get; set; } = [];

    /// <summary>Pepper of the system that issued the imported <c>pk_</c> keys.</summary>
    public Secret? LegacyPepper { get; set; }

    /// <summary>Master key of the modes <c>legacy</c> and <c>both</c>.</summary>
    public Secret? MasterKey { get; set; }

    /// <summary>True if the master key authenticates requests.</summary>
    public bool AcceptsMasterKey => Mode != AuthMode.Users && MasterKey is not null;

    /// <summary>Bearer tokens of the companion listener. Empty: every call is rejected.</summary>
    public List<Secret> ServiceCredentials { get; set; } = [];
}

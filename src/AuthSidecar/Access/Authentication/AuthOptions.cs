using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Authentication;

/// <summary>Which credentials authenticate: all but the master key, only the master key, or all.</summary>
internal enum AuthMode
{
    Users,
    Legacy,
    Both,
}

/// <summary>Section <c>Auth</c>.</summary>
internal sealed class AuthOptions
{
    /// <summary>Which credentials authenticate: all but the master key, only the master key, or all.</summary>
    public AuthMode Mode { get; set; } = AuthMode.Users;

    /// <summary>False denies every request with 503 <c>bearer_auth_disabled</c>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>HMAC keys. The first hashes new keys, all are tried; empty: one is created in the data directory.</summary>
    public List<Secret> Peppers { get; set; } = [];

    /// <summary>Pepper of the system that <c>pk_</c> keys came from.</summary>
    public Secret? LegacyPepper { get; set; }

    /// <summary>The key that modes <c>legacy</c> and <c>both</c> accept.</summary>
    public Secret? MasterKey { get; set; }

    /// <summary>Bearer tokens of the companion listener; empty: every call is rejected.</summary>
    public List<Secret> ServiceCredentials { get; set; } = [];
}

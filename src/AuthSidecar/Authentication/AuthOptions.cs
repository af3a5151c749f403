using AuthSidecar.Configuration;

namespace AuthSidecar.Authentication;

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
    public AuthMode Mode { get; set; } = AuthMode.Users;

    /// <summary>False refuses everything with 503 <c>bearer_auth_disabled</c>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>HMAC keys. The first hashes new keys, all are tried; empty: one is made in the data directory.</summary>
    public List<Secret> Peppers { get; set; } = [];

    public Secret? LegacyPepper { get; set; }
    public Secret? MasterKey { get; set; }

    /// <summary>Bearer tokens of the companion listener; empty refuses every call.</summary>
    public List<Secret> ServiceCredentials { get; set; } = [];
}

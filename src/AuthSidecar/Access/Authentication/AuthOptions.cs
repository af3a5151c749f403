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

    /// <summary>False refuses everything with 503 <c>bearer_auth_disabled</c>.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>HMAC keys. The first hashes new keys, all are tried; empty: one is made in the data directory.</summary>
    public List<Secret> Peppers { get; set; } = [];

    /// <summary>Pepper of the system that <c>pk_</c> keys came from.</summary>
    public Secret? LegacyPepper { get; set; }

    /// <summary>The one key of modes <c>legacy</c> and <c>both</c>.</summary>
    public Secret? MasterKey { get; set; }

    /// <summary>Bearer tokens of the companion listener; empty refuses every call.</summary>
    public List<Secret> ServiceCredentials { get; set; } = [];
}

namespace AuthSidecar.Administration.Web;

/// <summary>Names of the authorization policies of the console's endpoints and pages.</summary>
internal static class ConsolePolicies
{
    /// <summary>A session, also one that must set its password first.</summary>
    public const string AnySession = "any-session";

    /// <summary>A session whose password is set: pages, and what only a browser may do.</summary>
    public const string Session = "session";

    /// <summary>Own data, read: a session, or any key or device token of an account.</summary>
    public const string OwnRead = "own-read";

    /// <summary>Own keys, changed: a session, or an admin's key with scope <c>manage</c>.</summary>
    public const string OwnWrite = "own-write";

    /// <summary>Own device tokens, listed and ended: a session, or the token of a device, also of one without an account.</summary>
    public const string OwnDevices = "own-devices";

    /// <summary>Everything of all people: an admin's session, an admin's key with scope <c>manage</c>, or the master key.</summary>
    public const string Admin = "admin";

    /// <summary>An admin's session that proved its password within ten minutes.</summary>
    public const string AdminSudo = "admin-sudo";

    /// <summary>A session that proved its password within ten minutes.</summary>
    public const string Sudo = "sudo";

    /// <summary>Facts of the presented key: any valid key or token, but no session.</summary>
    public const string AnyKey = "any-key";

    /// <summary>A service with one of <c>Auth:ServiceCredentials</c>; no caller of the others.</summary>
    public const string Service = "service";

    /// <summary>The policies of callers.</summary>
    public static IReadOnlyList<string> All { get; } = [AnySession, Session, OwnRead, OwnWrite, OwnDevices, Admin, AdminSudo, Sudo, AnyKey];
}

using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Web;

internal enum CallerKind
{
    /// <summary>A person's browser, by its cookie.</summary>
    Session,

    /// <summary>A program with the key of a person or a service.</summary>
    Key,

    /// <summary>A program with the legacy master key.</summary>
    Master,
}

/// <summary>Authenticated origin of a request to the console. Role and status are those of the store at this request.</summary>
internal sealed record Caller(CallerKind Kind, string Name)
{
    /// <summary>Id of the person; null for the master key and for keys without an account.</summary>
    public string? UserId { get; init; }

    public string? DisplayName { get; init; }
    public string? Email { get; init; }
    public UserRole Role { get; init; }

    /// <summary>Id of the session for lists; not its secret.</summary>
    public string? SessionId { get; init; }

    /// <summary>Time of the last proof of the password, or of the login at the identity provider.</summary>
    public DateTimeOffset? AuthenticatedAt { get; init; }

    /// <summary>True after a login with a one-time password: only a new password may be set.</summary>
    public bool MustChangePassword { get; init; }

    public string? KeyId { get; init; }

    /// <summary>Scopes of the key.</summary>
    public IReadOnlyCollection<string> Scopes { get; init; } = [];

    /// <summary>True for a key that is bound to a tenant; such a key manages nothing.</summary>
    public bool IsTenantBound { get; init; }

    /// <summary>True for the token of a device.</summary>
    public bool IsDevice { get; init; }
}

internal static class CallerContext
{
    /// <exception cref="InvalidOperationException">The endpoint requires no authorization.</exception>
    public static Caller Caller(this HttpContext http) =>
        http.FindCaller() ?? throw new InvalidOperationException("The request is not authenticated.");

    public static Caller? FindCaller(this HttpContext http) => http.Features.Get<Caller>();

    /// <summary>Address of the client, behind trusted proxies; null over a unix socket.</summary>
    public static string? ClientAddress(this HttpContext http) => http.Connection.RemoteIpAddress?.ToString();
}

using System.Security.Claims;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Web;

/// <summary>Claims of the console's callers.</summary>
internal static class Principals
{
    /// <summary>Claim with the secret of a session, in the cookie only.</summary>
    public const string SessionSecret = "sid";

    public static ClaimsPrincipal Of(Caller caller, string scheme)
    {
        var id = caller.UserId ?? caller.KeyId ?? caller.Name;
        var role = caller.Role == UserRole.Admin ? "admin" : "user";
        return new(
            new ClaimsIdentity(
                [new(ClaimTypes.NameIdentifier, id), new(ClaimTypes.Name, caller.DisplayName ?? caller.Name), new(ClaimTypes.Role, role)],
                scheme
            )
        );
    }

    /// <summary>Content of the cookie: nothing that the store does not confirm at each request.</summary>
    public static ClaimsPrincipal Ticket(string secret) => new(new ClaimsIdentity([new(SessionSecret, secret)], Schemes.Session));
}

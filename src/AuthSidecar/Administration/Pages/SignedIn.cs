using System.Security.Claims;

namespace AuthSidecar.Administration.Pages;

/// <summary>The person for whom a page is rendered.</summary>
/// <param name="Name">Shown in the top bar.</param>
/// <param name="IsAdmin">Whether the second row of places is shown.</param>
internal sealed record SignedIn(string Name, bool IsAdmin)
{
    /// <summary>The role of an administrator, as a claim.</summary>
    public const string AdminRole = "admin";

    /// <summary>Null before login.</summary>
    public static SignedIn? Of(HttpContext http) =>
        http.User.Identity is { IsAuthenticated: true, Name: { } name }
            ? new(name, http.User.HasClaim(claim => claim.Type == ClaimTypes.Role && IsAdminRole(claim.Value)))
            : null;

    private static bool IsAdminRole(string role) => string.Equals(role, AdminRole, StringComparison.OrdinalIgnoreCase);
}

using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Pages;

/// <summary>The person for whom a page is rendered.</summary>
/// <param name="Name">Shown in the top bar.</param>
/// <param name="IsAdmin">Whether the second row of places is shown.</param>
internal sealed record SignedIn(string Name, bool IsAdmin)
{
    /// <summary>Null before login, and for programs.</summary>
    public static SignedIn? Of(HttpContext http) =>
        http.FindCaller() is { Kind: CallerKind.Session } caller
            ? new(caller.DisplayName ?? caller.Name, caller.Role == UserRole.Admin)
            : null;
}

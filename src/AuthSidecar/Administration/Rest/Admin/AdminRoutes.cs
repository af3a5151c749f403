using AuthSidecar.Access.Authorization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin</c>: everything of all people, for admins.</summary>
internal static class AdminRoutes
{
    public static void MapAdmin(this IEndpointRouteBuilder endpoints)
    {
        var admin = endpoints.MapGroup("/api/admin").RequireAuthorization(ConsolePolicies.Admin).WithTags("Administration");
        admin.MapUsers();
        admin.MapUserActions();
        admin.MapGroup("/users/{id}/usage").MapPersonUsage("usage of a user", UserOfAsync, 404);
        admin.MapKeys();
        admin.MapKeyChanges();
        admin.MapGroups();
        admin.MapTenants();
        admin.MapApps();
        admin.MapMembers();
        admin.MapBudgets();
        admin.MapPrices();
        admin.MapReports();
    }

    private static async Task<string> UserOfAsync(HttpContext http)
    {
        var users = http.RequestServices.GetRequiredService<ShowUser>();
        return (await users.RunAsync((string)http.GetRouteValue("id")!, http.RequestAborted)).OrRefuse().User.Id;
    }

    /// <summary>Only for an admin's session that proved its password within ten minutes.</summary>
    public static RouteHandlerBuilder NeedsSudo(this RouteHandlerBuilder route) => route.RequireAuthorization(ConsolePolicies.AdminSudo);

    /// <summary>As <see cref="NeedsSudo"/>, for one member of a request.</summary>
    /// <exception cref="RestException">The caller has no such session.</exception>
    public static void RequireSudo(this HttpContext http, TimeProvider time)
    {
        if (CallerRules.Refusal(ConsolePolicies.AdminSudo, http.Caller(), time.GetUtcNow()) is { } word)
        {
            throw RestException.Of(
                Refusal.Forbidden(word, "This needs a login in a browser whose password was proved within ten minutes.")
            );
        }
    }

    /// <summary>A key that manages is made and widened only by <see cref="RequireSudo"/>.</summary>
    public static void RequireSudoFor(this HttpContext http, IEnumerable<string>? scopes, TimeProvider time)
    {
        if (scopes?.Contains(AccessRules.ManageScope) == true)
        {
            http.RequireSudo(time);
        }
    }

    /// <summary>The filter of a list of keys, from the query string.</summary>
    public static KeyFilter KeyFilterOf(this RestQuery query) =>
        new()
        {
            User = query.Text("user"),
            Tenant = query.Text("tenant"),
            Status = query.Word<KeyStatus>("status"),
            Expiring = query.Duration("expiring"),
            Query = query.Text("q"),
            NewestFirst = true,
            Take = query.Limit(),
            After = query.Cursor(),
        };
}

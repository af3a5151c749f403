using AuthSidecar.Administration.OAuth;
using AuthSidecar.Administration.Pages;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Rest;

namespace AuthSidecar.Administration.Composition;

/// <summary>Endpoints of the console's branch. Each names its policy, or <c>AllowAnonymous</c>.</summary>
internal static class ConsoleEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGroup("").AllowAnonymous().MapAssets();
        endpoints.MapRest();
        endpoints.MapAuth();
        endpoints.MapOAuth();
        endpoints.MapLogin();
        endpoints.MapProviders();
        endpoints.MapRazorPages();
    }
}

using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AuthSidecar.Tests.Administration.Web;

/// <summary>Endpoints under every policy: <c>/api/test/POLICY</c> and <c>/ui/test/POLICY</c>, and one without a policy.</summary>
internal static class TestEndpoints
{
    private static readonly string[] _methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

    public static void Add(IServiceCollection services) =>
        services.AddSingleton<ConsoleRoutes>(endpoints =>
        {
            foreach (var root in new[] { "/api/test", "/ui/test" })
            {
                foreach (var policy in ConsolePolicies.All)
                {
                    endpoints
                        .MapMethods($"{root}/{policy}", _methods, (HttpContext http) =>
                            Results.Json(new { http.Caller().Name, Actor = Actor.Current })
                        )
                        .RequireAuthorization(policy);
                }

                endpoints.MapMethods($"{root}/none", _methods, () => Results.Json(new { reached = true }));
                endpoints
                    .MapGet($"{root}/fault", void () => throw new InvalidOperationException("the-secret-detail"))
                    .RequireAuthorization(ConsolePolicies.AnySession);
            }
        });
}

using AuthSidecar.Administration.Rest;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.OAuth;

internal static class OAuthRoutes
{
    // The second is that of dify's client.
    private static readonly string[] _devices = ["/oauth/device", "/openapi/v1/oauth/device"];

    public static void MapOAuth(this IEndpointRouteBuilder endpoints)
    {
        var all = endpoints.MapGroup("").AddEndpointFilter<RouteGroupBuilder, OAuthFilter>();
        foreach (var prefix in _devices)
        {
            MapDevices(all.MapGroup(prefix));

            // A browser comes back to a page, also while the flow is switched off.
            all.MapGroup(prefix)
                .AllowAnonymous()
                .MapRead("/sso-complete/{provider?}", (HttpContext http, string? provider, ExternalEndpoints flow) =>
                    flow.CompleteAsync(http, provider)
                );
        }

        var open = all.MapGroup("").AllowAnonymous().WithCsrf(CsrfRule.NoCookies);
        var clients = open.MapGroup("").AddEndpointFilter<RouteGroupBuilder, PublicClients>();
        clients
            .MapWrite("POST", "/oauth/token", (HttpContext http, TokenEndpoint token) => token.CollectAsync(http, isTypeRequired: true))
            .AddEndpointFilter<DeviceSwitch>();
        clients.MapWrite("POST", "/oauth/revoke", (HttpContext http, RevocationEndpoint revocation) => revocation.RevokeAsync(http));
        open.MapRead(MetadataEndpoint.Path, (HttpContext http, MetadataEndpoint metadata) => metadata.Show(http));
        all.MapWrite("POST", "/oauth/introspect", (HttpContext http, IntrospectionEndpoint facts) => facts.ShowAsync(http))
            .RequireAuthorization(ConsolePolicies.Service)
            .WithCsrf(CsrfRule.NoCookies);
        MapSessions(all.MapGroup("/openapi/v1/account/sessions").RequireAuthorization(ConsolePolicies.OwnDevices));
    }

    private static void MapDevices(RouteGroupBuilder devices)
    {
        devices.AddEndpointFilter<RouteGroupBuilder, DeviceSwitch>();
        var open = devices.MapGroup("").AllowAnonymous().WithCsrf(CsrfRule.NoCookies);
        var clients = open.MapGroup("").AddEndpointFilter<RouteGroupBuilder, PublicClients>();
        clients.MapWrite("POST", "/code", (HttpContext http, DeviceEndpoints flow) => flow.StartAsync(http));
        clients.MapWrite("POST", "/token", (HttpContext http, TokenEndpoint token) => token.CollectAsync(http, isTypeRequired: false));
        open.MapRead("/lookup", (HttpContext http, DeviceEndpoints flow) => flow.LookUpAsync(http));
        open.MapRead("/sso-initiate", (HttpContext http, ExternalEndpoints flow) => flow.InitiateAsync(http));
        open.MapRead("/approval-context", (HttpContext http, ExternalEndpoints flow) => flow.ShowAsync(http));
        var external = devices.MapGroup("").AllowAnonymous().WithCsrf(CsrfRule.OwnToken);
        external.MapWrite("POST", "/approve-external", (HttpContext http, ExternalEndpoints flow) => flow.ApproveAsync(http));
        external.MapWrite("POST", "/deny-external", (HttpContext http, ExternalEndpoints flow) => flow.DenyAsync(http));
        var session = devices.MapGroup("").RequireAuthorization(ConsolePolicies.Session);
        session.MapWrite("POST", "/approve", (HttpContext http, DeviceEndpoints flow) => flow.ApproveAsync(http));
        session.MapWrite("POST", "/deny", (HttpContext http, DeviceEndpoints flow) => flow.DenyAsync(http));
    }

    private static void MapSessions(RouteGroupBuilder sessions)
    {
        sessions.MapRead("", (HttpContext http, AccountSessions own) => own.ListAsync(http));
        sessions.MapWrite("DELETE", "/self", (HttpContext http, AccountSessions own) => own.EndOwnAsync(http));
        sessions.MapWrite("DELETE", "/{id}", (HttpContext http, string id, AccountSessions own) => own.EndAsync(http, id));
    }
}

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
                .MapMethods("/sso-complete/{provider?}", RestRoutes.Reads, (HttpContext http, string? provider, ExternalEndpoints flow) =>
                    flow.CompleteAsync(http, provider)
                );
        }

        var open = all.MapGroup("").AllowAnonymous().WithCsrf(CsrfRule.NoCookies);
        var clients = open.MapGroup("").AddEndpointFilter<RouteGroupBuilder, PublicClients>();
        clients
            .MapMethods("/oauth/token", ["POST"], (HttpContext http, TokenEndpoint token) => token.CollectAsync(http, isTypeRequired: true))
            .AddEndpointFilter<DeviceSwitch>();
        clients.MapMethods("/oauth/revoke", ["POST"], (HttpContext http, RevocationEndpoint revocation) => revocation.RevokeAsync(http));
        open.MapMethods(MetadataEndpoint.Path, RestRoutes.Reads, (HttpContext http, MetadataEndpoint metadata) => metadata.Show(http));
        all.MapMethods("/oauth/introspect", ["POST"], (HttpContext http, IntrospectionEndpoint facts) => facts.ShowAsync(http))
            .RequireAuthorization(ConsolePolicies.Service)
            .WithCsrf(CsrfRule.NoCookies);
        MapSessions(all.MapGroup("/openapi/v1/account/sessions").RequireAuthorization(ConsolePolicies.OwnDevices));
    }

    private static void MapDevices(RouteGroupBuilder devices)
    {
        devices.AddEndpointFilter<RouteGroupBuilder, DeviceSwitch>();
        var open = devices.MapGroup("").AllowAnonymous().WithCsrf(CsrfRule.NoCookies);
        var clients = open.MapGroup("").AddEndpointFilter<RouteGroupBuilder, PublicClients>();
        clients.MapMethods("/code", ["POST"], (HttpContext http, DeviceEndpoints flow) => flow.StartAsync(http));
        clients.MapMethods("/token", ["POST"], (HttpContext http, TokenEndpoint token) => token.CollectAsync(http, isTypeRequired: false));
        open.MapMethods("/lookup", RestRoutes.Reads, (HttpContext http, DeviceEndpoints flow) => flow.LookUpAsync(http));
        open.MapMethods("/sso-initiate", RestRoutes.Reads, (HttpContext http, ExternalEndpoints flow) => flow.InitiateAsync(http));
        open.MapMethods("/approval-context", RestRoutes.Reads, (HttpContext http, ExternalEndpoints flow) => flow.ShowAsync(http));
        var external = devices.MapGroup("").AllowAnonymous().WithCsrf(CsrfRule.OwnToken);
        external.MapMethods("/approve-external", ["POST"], (HttpContext http, ExternalEndpoints flow) => flow.ApproveAsync(http));
        external.MapMethods("/deny-external", ["POST"], (HttpContext http, ExternalEndpoints flow) => flow.DenyAsync(http));
        var session = devices.MapGroup("").RequireAuthorization(ConsolePolicies.Session);
        session.MapMethods("/approve", ["POST"], (HttpContext http, DeviceEndpoints flow) => flow.ApproveAsync(http));
        session.MapMethods("/deny", ["POST"], (HttpContext http, DeviceEndpoints flow) => flow.DenyAsync(http));
    }

    private static void MapSessions(RouteGroupBuilder sessions)
    {
        sessions.MapMethods("", RestRoutes.Reads, (HttpContext http, AccountSessions own) => own.ListAsync(http));
        sessions.MapMethods("/self", ["DELETE"], (HttpContext http, AccountSessions own) => own.EndOwnAsync(http));
        sessions.MapMethods("/{id}", ["DELETE"], (HttpContext http, string id, AccountSessions own) => own.EndAsync(http, id));
    }
}

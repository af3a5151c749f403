using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Rest;

internal static class MeRoutes
{
    private static readonly RestParameter[] _requests =
    [
        PersonUsage.Days,
        RestParameter.Of<RequestDecision>("decision", "Only refused requests; without it all."),
        RestParameter.Limit,
        RestParameter.Cursor,
    ];

    public static void MapMe(this IEndpointRouteBuilder endpoints)
    {
        var read = endpoints.MapGroup("/api/me").RequireAuthorization(ConsolePolicies.OwnRead);
        var session = endpoints.MapGroup("/api/me").RequireAuthorization(ConsolePolicies.Session);
        read.MapMethods("", RestRoutes.Reads, (Delegate)((HttpContext http) => MeEndpoints.ShowAsync(http)))
            .Describe("Show the own account", new() { HasETag = true })
            .Answers<MeDocument>();
        session
            .MapMethods("", ["PATCH"], (HttpContext http, MeEndpoints me) => me.ChangeAsync(http))
            .Describe(
                "Change the own display name",
                new()
                {
                    Body = typeof(MePatch),
                    HasETag = true,
                    HasIfMatch = true,
                }
            )
            .Answers<MeDocument>();
        read.MapGroup("/usage").MapPersonUsage("own usage", http => Task.FromResult(http.Caller().UserId!));
        read.MapMethods("/requests", RestRoutes.Reads, (HttpContext http, MeEndpoints me) => me.RequestsAsync(http))
            .Describe("List own requests, the latest first", new() { Query = _requests })
            .Answers<ListDocument<UsageRowDocument>>();
        read.MapMethods("/requests/{decisionId}", RestRoutes.Reads, (HttpContext http, string decisionId, MeEndpoints me) =>
                me.RequestAsync(http, decisionId)
            )
            .Describe("Explain the decision on an own request", null, 404)
            .Answers<Explanation>();
        MapSessions(endpoints, session);
    }

    private static void MapSessions(IEndpointRouteBuilder endpoints, RouteGroupBuilder session)
    {
        session
            .MapMethods("/sessions", RestRoutes.Reads, (HttpContext http, MeEndpoints me) => me.SessionsAsync(http))
            .Describe("List own sessions, the last used first")
            .Answers<ItemsDocument<SessionDocument>>();
        session
            .MapMethods("/sessions/{id}", ["DELETE"], (HttpContext http, string id, MeEndpoints me) => me.EndSessionAsync(http, id))
            .Describe("End an own session", null, 404)
            .Answers<SessionDocument>();
        endpoints
            .MapMethods("/api/me/sessions", ["DELETE"], (HttpContext http, MeEndpoints me) => me.EndOtherSessionsAsync(http))
            .RequireAuthorization(ConsolePolicies.Sudo)
            .Describe("End all own sessions but this one")
            .Answers<EndedSessionsDocument>();
    }
}

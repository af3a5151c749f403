using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Rest;

internal static class OwnKeyRoutes
{
    private static readonly RestParameter[] _list =
    [
        RestParameter.Of<KeyStatus>("status", "Only keys with this status."),
        RestParameter.Search,
        RestParameter.Limit,
        RestParameter.Cursor,
    ];

    public static void MapOwnKeys(this IEndpointRouteBuilder endpoints)
    {
        var read = endpoints.MapGroup(OwnKeyEndpoints.Path).RequireAuthorization(ConsolePolicies.OwnRead);
        var write = endpoints.MapGroup(OwnKeyEndpoints.Path).RequireAuthorization(ConsolePolicies.OwnWrite);
        read.MapMethods("", RestRoutes.Reads, (HttpContext http, OwnKeyEndpoints keys) => keys.ListAsync(http))
            .Describe("List own keys, the newest first", new() { Query = _list })
            .Answers<ListDocument<KeyDocument>>();
        write
            .MapMethods("", ["POST"], (HttpContext http, OwnKeyEndpoints keys) => keys.CreateAsync(http))
            .Describe("Make a key; its token is shown once", new() { Body = typeof(NewOwnKeyBody), IsIdempotent = true }, 409)
            .Answers<IssuedKeyDocument>(201);
        read.MapMethods("/{id}", RestRoutes.Reads, (HttpContext http, string id, OwnKeyEndpoints keys) => keys.ShowAsync(http, id))
            .Describe("Show an own key", new() { HasETag = true }, 404)
            .Answers<KeyDocument>();
        write
            .MapMethods("/{id}", ["PATCH"], (HttpContext http, string id, OwnKeyEndpoints keys) => keys.ChangeAsync(http, id))
            .Describe(
                "Rename an own key, or narrow its rights",
                new()
                {
                    Body = typeof(OwnKeyPatch),
                    HasETag = true,
                    HasIfMatch = true,
                },
                404,
                409
            )
            .Answers<KeyDocument>();
        write
            .MapMethods("/{id}", ["DELETE"], (HttpContext http, string id, OwnKeyEndpoints keys) => keys.RevokeAsync(http, id))
            .Describe("Revoke an own key, for good", new() { HasETag = true, HasIfMatch = true }, 404)
            .Answers<KeyDocument>();
        write
            .MapMethods("/{id}/rotate", ["POST"], (HttpContext http, string id, OwnKeyEndpoints keys) => keys.RotateAsync(http, id))
            .Describe(
                "Replace an own key by a new one with the same rights",
                new()
                {
                    Body = typeof(RotationBody),
                    IsBodyOptional = true,
                    IsIdempotent = true,
                },
                404,
                409
            )
            .Answers<IssuedKeyDocument>(201);
    }
}

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
        read.MapRead("", (HttpContext http, OwnKeyEndpoints keys) => keys.ListAsync(http))
            .Describe("List own keys, the newest first", new() { Query = _list })
            .Answers<ListDocument<KeyDocument>>();
        write
            .MapWrite("POST", "", (HttpContext http, OwnKeyEndpoints keys) => keys.CreateAsync(http))
            .Describe("Make a key; its token is shown once", new() { Body = typeof(NewOwnKeyBody), IsIdempotent = true }, 409)
            .Answers<IssuedKeyDocument>(201);
        read.MapRead("/{id}", (HttpContext http, string id, OwnKeyEndpoints keys) => keys.ShowAsync(http, id))
            .Describe("Show an own key", new() { HasETag = true }, 404)
            .Answers<KeyDocument>();
        write
            .MapWrite("PATCH", "/{id}", (HttpContext http, string id, OwnKeyEndpoints keys) => keys.ChangeAsync(http, id))
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
            .MapWrite("DELETE", "/{id}", (HttpContext http, string id, OwnKeyEndpoints keys) => keys.RevokeAsync(http, id))
            .Describe("Revoke an own key, for good", new() { HasETag = true, HasIfMatch = true }, 404)
            .Answers<KeyDocument>();
        write
            .MapWrite("POST", "/{id}/rotate", (HttpContext http, string id, OwnKeyEndpoints keys) => keys.RotateAsync(http, id))
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

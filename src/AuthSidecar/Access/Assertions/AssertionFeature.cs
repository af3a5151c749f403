using System.Text.Json.Nodes;

namespace AuthSidecar.Access.Assertions;

internal static class AssertionFeature
{
    // Well below a period, so that clients that cache the key set have each key before it signs.
    private const string CacheControl = "public, max-age=300";

    public static IServiceCollection AddAssertions(this IServiceCollection services) =>
        services.AddSingleton<KeySealer>().AddSingleton<AssertionKeyRing>().AddSingleton<AssertionKeyKeeper>();

    /// <summary><c>GET /.well-known/jwks.json</c>: the public keys of callers' assertions.</summary>
    public static void MapAssertionKeys(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/.well-known/jwks.json", AnswerAsync);

    private static async Task<IResult> AnswerAsync(AssertionKeyRing keys, HttpResponse response)
    {
        var isLoaded = await keys.LoadAsync(mayCreate: false);
        var published = keys.Published;
        if (!isLoaded && published.Count == 0)
        {
            return Results.Text("not available\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        response.Headers.CacheControl = CacheControl;
        return Results.Json(new JsonObject { ["keys"] = new JsonArray([.. published.Select(key => key.ToJsonWebKey())]) });
    }
}

using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Rest;

/// <summary>What a route accepts beyond its path; read by <see cref="RestFilter"/> and by the OpenAPI document.</summary>
internal sealed record RestRoute
{
    public IReadOnlyList<RestParameter> Query { get; init; } = [];

    /// <summary>The body, described only: <see cref="RestBody"/> reads it. Null: the route ignores bodies.</summary>
    public Type? Body { get; init; }

    public bool IsBodyOptional { get; init; }
    public bool HasETag { get; init; }
    public bool HasIfMatch { get; init; }
    public bool IsIdempotent { get; init; }
    public bool IsCsv { get; init; }
}

internal static class RestRoutes
{
    /// <summary>Methods of a route that only reads.</summary>
    public static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Describes the route, and has <see cref="RestFilter"/> hold requests to the description.</summary>
    /// <param name="route">The route.</param>
    /// <param name="summary">A few words, e.g. "List own keys".</param>
    /// <param name="accepts">Parameters and body; null: none.</param>
    /// <param name="refuses">Statuses of refusals of this route, beside 400, 401, 403, 406 and 503, which each may answer.</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder route,
        string summary,
        RestRoute? accepts = null,
        params int[] refuses
    )
    {
        accepts ??= new();
        route.WithSummary(summary).WithMetadata(accepts).AddEndpointFilter<RestFilter>();
        if (accepts.IsIdempotent)
        {
            route.AddEndpointFilter<IdempotencyFilter>();
        }

        foreach (var status in (int[])[.. (int[])[400, 401, 403, 406, 503], .. refuses, .. Implied(accepts)])
        {
            route.Produces<ProblemDocument>(status, Problem.ContentType);
        }

        if (accepts.HasETag)
        {
            route.Produces(StatusCodes.Status304NotModified);
        }

        return route;
    }

    /// <summary>Describes the answer of success.</summary>
    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status = StatusCodes.Status200OK) =>
        route.Produces<T>(status, "application/json");

    private static IEnumerable<int> Implied(RestRoute accepts)
    {
        if (accepts.HasIfMatch)
        {
            yield return 412;
        }

        if (accepts.Body is not null)
        {
            yield return 413;
            yield return 415;
        }

        if (accepts.IsIdempotent)
        {
            yield return 409;
            yield return 422;
        }
    }
}

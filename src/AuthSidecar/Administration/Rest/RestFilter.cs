namespace AuthSidecar.Administration.Rest;

/// <summary>Holds requests to the description of their route: <c>Accept</c> and the query string.</summary>
internal sealed class RestFilter : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var route = http.GetEndpoint()?.Metadata.GetMetadata<RestRoute>() ?? new();
        CheckAccept(http.Request, route);
        new RestQuery(http.Request).Check(route.Query);
        return next(context);
    }

    private static void CheckAccept(HttpRequest request, RestRoute route)
    {
        var accept = request.GetTypedHeaders().Accept;
        if (
            accept.Count == 0
            || MediaTypes.Quality(accept, "application", "json") > 0
            || (route.IsCsv && MediaTypes.Quality(accept, "text", "csv") > 0)
        )
        {
            return;
        }

        throw new RestException(
            StatusCodes.Status406NotAcceptable,
            "not_acceptable",
            $"The answer is application/json{(route.IsCsv ? " or text/csv" : "")}."
        );
    }
}

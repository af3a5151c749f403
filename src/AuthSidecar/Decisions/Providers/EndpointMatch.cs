namespace AuthSidecar.Decisions.Providers;

/// <summary>What a dialect's table says of one request.</summary>
/// <param name="Node">The place of its path in the table; null: the table does not list the path.</param>
/// <param name="Endpoint">The endpoint of its method there; null: the table does not list the method.</param>
internal readonly record struct EndpointMatch(EndpointNode? Node, ProviderEndpoint? Endpoint)
{
    /// <param name="method">The request's own method.</param>
    /// <param name="isWebSocket">It opens a WebSocket.</param>
    /// <returns>What is not listed and only reads or deletes generates nothing; all else that is not listed may.</returns>
    public EndpointKind KindOf(string method, bool isWebSocket) =>
        method switch
        {
            // Without a body in its answer it shows no usage and makes nothing.
            "HEAD" => Endpoint?.Kind == EndpointKind.ListsModels ? EndpointKind.ListsModels : EndpointKind.Keeps,
            _ when Endpoint is { } known => known.Kind,
            "GET" or "DELETE" or "OPTIONS" when !isWebSocket => EndpointKind.Keeps,
            _ => EndpointKind.Unknown,
        };
}

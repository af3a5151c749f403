namespace AuthSidecar.Decisions.Providers;

/// <summary>Match of one request in a dialect's table.</summary>
/// <param name="Node">Node of the path; null: not in the table.</param>
/// <param name="Endpoint">Endpoint of the method; null: not in the table.</param>
internal readonly record struct EndpointMatch(EndpointNode? Node, ProviderEndpoint? Endpoint)
{
    /// <param name="method">Method of the request.</param>
    /// <param name="isWebSocket">True for a WebSocket upgrade.</param>
    /// <returns>Unlisted requests that only read or delete are bookkeeping; all others are unknown and may generate.</returns>
    public EndpointKind KindOf(string method, bool isWebSocket) =>
        method switch
        {
            // Responses to HEAD have no body, so they neither generate nor contain usage.
            "HEAD" => Endpoint?.Kind == EndpointKind.ListsModels ? EndpointKind.ListsModels : EndpointKind.Bookkeeping,
            _ when Endpoint is { } known => known.Kind,
            "GET" or "DELETE" or "OPTIONS" when !isWebSocket => EndpointKind.Bookkeeping,
            _ => EndpointKind.Unknown,
        };
}

namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Kinds of requests that need a different treatment or answer.</summary>
[Flags]
internal enum RequestKind
{
    Plain = 0,
    Head = 1,
    WebSocket = 2,
    Grpc = 4,
    GrpcWeb = 8,
}

internal static class RequestKinds
{
    private const string GrpcContentType = "application/grpc";
    private const string GrpcWebContentType = "application/grpc-web";

    public static RequestKind Of(InboundRequest request)
    {
        var kind = request.Method == "HEAD" ? RequestKind.Head : RequestKind.Plain;
        if (request.Headers[KnownHeader.ContentType] is { } contentType)
        {
            kind |= OfContent(contentType);
        }

        if (
            request.Headers[KnownHeader.Upgrade] is { } upgrade
            && request.Method == "GET"
            && upgrade.AsSpan().Trim().Equals("websocket", StringComparison.OrdinalIgnoreCase)
        )
        {
            kind |= RequestKind.WebSocket;
        }

        return kind;
    }

    // "application/grpc-web" and "application/grpc-web-text" are a different protocol.
    private static RequestKind OfContent(string contentType) =>
        !contentType.StartsWith(GrpcContentType, StringComparison.OrdinalIgnoreCase) ? RequestKind.Plain
        : contentType.Length == GrpcContentType.Length || contentType[GrpcContentType.Length] is '+' or ';' ? RequestKind.Grpc
        : contentType.StartsWith(GrpcWebContentType, StringComparison.OrdinalIgnoreCase) ? RequestKind.GrpcWeb
        : RequestKind.Plain;
}

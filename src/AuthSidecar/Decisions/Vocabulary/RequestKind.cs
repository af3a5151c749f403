namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Kinds of requests that need a different treatment or answer.</summary>
[Flags]
internal enum RequestKind
{
    Plain = 0,
    Head = 1,
    WebSocket = 2,
    Grpc = 4,
}

internal static class RequestKinds
{
    private const string GrpcContentType = "application/grpc";

    public static RequestKind Of(InboundRequest request)
    {
        var kind = request.Method == "HEAD" ? RequestKind.Head : RequestKind.Plain;
        if (request.Headers[KnownHeader.ContentType] is { } contentType && IsGrpc(contentType))
        {
            kind |= RequestKind.Grpc;
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

    // "application/grpc-web" is a different protocol.
    private static bool IsGrpc(string contentType) =>
        contentType.StartsWith(GrpcContentType, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == GrpcContentType.Length || contentType[GrpcContentType.Length] is '+' or ';');
}

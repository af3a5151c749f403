namespace KestrelGrpc.Wire;

internal static class GrpcContentType
{
    public const string Value = "application/grpc";

    /// <summary>
    /// Alone, or followed by '+' or ';', so <c>application/grpc-web</c> is not gRPC.
    /// </summary>
    public static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith(Value, StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == Value.Length || contentType[Value.Length] is '+' or ';');
}

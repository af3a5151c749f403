using System.Globalization;
using Grpc.Core;

namespace AuthSidecar.Access.Credentials;

/// <summary>Health exemption and rejection for listeners that require their own credential.</summary>
internal static class ListenerCredential
{
    public const string GrpcContentType = "application/grpc";

    private static readonly PathString _health = "/grpc.health.v1.Health";

    /// <summary>True for health checks, which need no credential.</summary>
    public static bool IsExempt(HttpRequest request) => request.Path.StartsWithSegments(_health, StringComparison.Ordinal);

    /// <summary>Answers UNAUTHENTICATED with trailers only (gRPC over HTTP/2), before any message is read.</summary>
    public static void Reject(HttpResponse response, string message)
    {
        response.ContentType = GrpcContentType;
        response.Headers["grpc-status"] = ((int)StatusCode.Unauthenticated).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = message;
    }
}

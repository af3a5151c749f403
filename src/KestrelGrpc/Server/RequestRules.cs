using System.Globalization;
using Grpc.Core;
using KestrelGrpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace KestrelGrpc.Server;

/// <summary>What must hold before a request is a gRPC call, and so before it can be answered with a gRPC status alone.</summary>
internal static class RequestRules
{
    public static bool Accept(HttpContext http)
    {
        if (!GrpcContentType.IsGrpc(http.Request.ContentType))
        {
            Refuse(http, StatusCodes.Status415UnsupportedMediaType, "The content type is not application/grpc.");
            return false;
        }

        if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
        {
            Refuse(http, StatusCodes.Status426UpgradeRequired, "gRPC needs HTTP/2.");
            http.Response.Headers.Upgrade = "HTTP/2";
            http.Response.Headers.Connection = HeaderNames.Upgrade;
            return false;
        }

        return true;
    }

    private static void Refuse(HttpContext http, int httpStatus, string message)
    {
        http.Response.StatusCode = httpStatus;
        http.Response.Headers.GrpcStatus = ((int)StatusCode.Internal).ToString(CultureInfo.InvariantCulture);
        http.Response.Headers.GrpcMessage = message;
    }
}

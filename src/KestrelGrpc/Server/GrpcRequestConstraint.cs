using KestrelGrpc.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace KestrelGrpc.Server;

/// <summary>Keeps the catch-all routes from taking requests that are not gRPC.</summary>
internal sealed class GrpcRequestConstraint : IRouteConstraint
{
    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        httpContext is not null && GrpcContentType.IsGrpc(httpContext.Request.ContentType);
}

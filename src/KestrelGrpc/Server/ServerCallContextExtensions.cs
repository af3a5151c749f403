using KestrelGrpc.Server;
using Microsoft.AspNetCore.Http;

namespace Grpc.Core;

public static class ServerCallContextExtensions
{
    /// <summary>The HTTP request behind a call. A test's own context can offer one as <c>UserState["__HttpContext"]</c>.</summary>
    /// <exception cref="InvalidOperationException">The call is not served over HTTP.</exception>
    public static HttpContext GetHttpContext(this ServerCallContext serverCallContext)
    {
        ArgumentNullException.ThrowIfNull(serverCallContext);
        if (serverCallContext is ServerCall call)
        {
            return call.Http;
        }

        return serverCallContext.UserState.TryGetValue("__HttpContext", out var http)
            ? (HttpContext)http
            : throw new InvalidOperationException("The call has no HttpContext.");
    }
}

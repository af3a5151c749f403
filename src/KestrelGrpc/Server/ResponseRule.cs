using Grpc.Core;

namespace KestrelGrpc.Server;

internal static class ResponseRule
{
    /// <exception cref="RpcException">CANCELLED: the handler returned null.</exception>
    public static T Required<T>(T? response)
        where T : class => response ?? throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."));
}

using Grpc.Core;
using Grpc.Core.Interceptors;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Logs unexpected exceptions of services. Malformed messages never reach a service and are not logged, because any client can send them.
/// </summary>
internal sealed partial class FaultLog(ILogger<FaultLog> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    ) => WatchAsync(continuation(request, context), context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation
    ) => WatchAsync(continuation(requestStream, context), context);

    private async Task<TResponse> WatchAsync<TResponse>(Task<TResponse> answer, ServerCallContext context)
    {
        try
        {
            return await answer;
        }
        catch (Exception fault) when (fault is not (RpcException or OperationCanceledException))
        {
            LogFault(fault, context.Method);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Unexpected exception in {Method}; the call failed.")]
    private partial void LogFault(Exception fault, string method);
}

using Grpc.Core;

namespace KestrelGrpc.Server;

internal sealed class ClientStreamingCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    MethodSettings settings,
    ServiceSource<TService> source,
    Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>> invoke) : CallHandler(method.FullName, settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    protected override async Task InvokeAsync(ServerCall call)
    {
        BodyLimits.LiftForStreaming(call.Http);
        var requests = new ServerStreamReader<TRequest>(call, method.RequestMarshaller);
        var handler = InterceptAsync(0, call, source.Get(call), requests, call);
        if (!handler.IsCompleted && call.HasDeadline)
        {
            await call.UntilDeadlineAsync(handler).ConfigureAwait(false);
        }

        var response = await handler.ConfigureAwait(false);
        call.ThrowIfPastDeadline();
        if (call.Status.StatusCode == StatusCode.OK)
        {
            call.Write(ResponseRule.Required(response), method.ResponseMarshaller.ContextualSerializer, call.WriteOptions);
        }
    }

    private async Task<TResponse> InterceptAsync(int index, ServerCall call, TService service, IAsyncStreamReader<TRequest> requests, ServerCallContext context)
    {
        if (index == Settings.Interceptors.Length)
        {
            return await invoke(service, requests, context).ConfigureAwait(false);
        }

        var interceptor = Settings.Interceptors[index].Get(call, out var isOwned);
        try
        {
            return await interceptor.ClientStreamingServerHandler<TRequest, TResponse>(
                requests, context, (next, nextContext) => InterceptAsync(index + 1, call, service, next, nextContext)).ConfigureAwait(false);
        }
        finally
        {
            if (isOwned)
            {
                await Ownership.ReleaseAsync(interceptor).ConfigureAwait(false);
            }
        }
    }
}

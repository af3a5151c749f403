using Grpc.Core;

namespace KestrelGrpc.Server;

internal sealed class DuplexStreamingCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    MethodSettings settings,
    ServiceSource<TService> source,
    Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task> invoke) : CallHandler(method.FullName, settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    protected override async Task InvokeAsync(ServerCall call)
    {
        BodyLimits.LiftForStreaming(call.Http);
        var requests = new ServerStreamReader<TRequest>(call, method.RequestMarshaller);
        var responses = new ServerStreamWriter<TResponse>(call, method.ResponseMarshaller);
        var handler = InterceptAsync(0, call, source.Get(call), requests, responses, call);
        if (!handler.IsCompleted && call.HasDeadline)
        {
            await call.UntilDeadlineAsync(handler).ConfigureAwait(false);
        }

        await handler.ConfigureAwait(false);
        call.ThrowIfPastDeadline();
    }

    private async Task InterceptAsync(
        int index,
        ServerCall call,
        TService service,
        IAsyncStreamReader<TRequest> requests,
        IServerStreamWriter<TResponse> responses,
        ServerCallContext context)
    {
        if (index == Settings.Interceptors.Length)
        {
            await invoke(service, requests, responses, context).ConfigureAwait(false);
            return;
        }

        var interceptor = Settings.Interceptors[index].Get(call, out var isOwned);
        try
        {
            await interceptor.DuplexStreamingServerHandler<TRequest, TResponse>(
                requests,
                responses,
                context,
                (next, stream, nextContext) => InterceptAsync(index + 1, call, service, next, stream, nextContext)).ConfigureAwait(false);
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

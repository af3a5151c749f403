using Grpc.Core;

namespace KestrelGrpc.Server;

internal sealed class ServerStreamingCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    MethodSettings settings,
    ServiceSource<TService> source,
    Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task> invoke) : CallHandler(method.FullName, settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    protected override async Task InvokeAsync(ServerCall call)
    {
        BodyLimits.LiftForLargeMessages(call.Http, Settings);
        var request = await call.ReadSingleAsync(method.RequestMarshaller.ContextualDeserializer).ConfigureAwait(false);
        BodyLimits.LiftRequestTimeout(call.Http);
        call.ThrowIfPastDeadline();
        var responses = new ServerStreamWriter<TResponse>(call, method.ResponseMarshaller);
        var handler = InterceptAsync(0, call, source.Get(call), request, responses, call);
        if (!handler.IsCompleted && call.HasDeadline)
        {
            await call.UntilDeadlineAsync(handler).ConfigureAwait(false);
        }

        await handler.ConfigureAwait(false);
        call.ThrowIfPastDeadline();
    }

    private async Task InterceptAsync(
        int index, ServerCall call, TService service, TRequest request, IServerStreamWriter<TResponse> responses, ServerCallContext context)
    {
        if (index == Settings.Interceptors.Length)
        {
            await invoke(service, request, responses, context).ConfigureAwait(false);
            return;
        }

        var interceptor = Settings.Interceptors[index].Get(call, out var isOwned);
        try
        {
            await interceptor.ServerStreamingServerHandler<TRequest, TResponse>(
                request,
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

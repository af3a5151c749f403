using Grpc.Core;

namespace KestrelGrpc.Server;

internal sealed class UnaryCallHandler<TService, TRequest, TResponse>(
    Method<TRequest, TResponse> method,
    MethodSettings settings,
    ServiceSource<TService> source,
    Func<TService, TRequest, ServerCallContext, Task<TResponse>> invoke) : CallHandler(method.FullName, settings)
    where TService : class
    where TRequest : class
    where TResponse : class
{
    private readonly Func<DeserializationContext, TRequest> _deserialize = method.RequestMarshaller.ContextualDeserializer;
    private readonly Action<TResponse, SerializationContext> _serialize = method.ResponseMarshaller.ContextualSerializer;

    protected override async Task InvokeAsync(ServerCall call)
    {
        BodyLimits.LiftForLargeMessages(call.Http, Settings);
        var request = await call.ReadSingleAsync(_deserialize).ConfigureAwait(false);
        call.ThrowIfPastDeadline();
        var handler = Settings.Interceptors.Length == 0 ? invoke(source.Get(call), request, call) : InterceptAsync(0, call, source.Get(call), request, call);
        if (!handler.IsCompleted && call.HasDeadline)
        {
            await call.UntilDeadlineAsync(handler).ConfigureAwait(false);
        }

        var response = await handler.ConfigureAwait(false);
        call.ThrowIfPastDeadline();
        if (call.Status.StatusCode == StatusCode.OK)
        {
            call.Write(ResponseRule.Required(response), _serialize, call.WriteOptions);
        }
    }

    private async Task<TResponse> InterceptAsync(int index, ServerCall call, TService service, TRequest request, ServerCallContext context)
    {
        if (index == Settings.Interceptors.Length)
        {
            return await invoke(service, request, context).ConfigureAwait(false);
        }

        var interceptor = Settings.Interceptors[index].Get(call, out var isOwned);
        try
        {
            return await interceptor.UnaryServerHandler<TRequest, TResponse>(
                request, context, (next, nextContext) => InterceptAsync(index + 1, call, service, next, nextContext)).ConfigureAwait(false);
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

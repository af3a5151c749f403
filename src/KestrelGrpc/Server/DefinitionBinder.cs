using Grpc.Core;

namespace KestrelGrpc.Server;

/// <summary>Takes methods together with their handlers.</summary>
internal sealed class DefinitionBinder(ServerServiceDefinition definition, MethodSettings settings) : ServiceBinderBase
{
    private readonly ServiceSource<ServerServiceDefinition> _source = ServiceSource<ServerServiceDefinition>.Constant(definition);
    private readonly List<ServiceMethod> _methods = [];

    public IReadOnlyList<ServiceMethod> Methods => _methods;

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Given(method, handler);
        Add(
            method,
            new UnaryCallHandler<ServerServiceDefinition, TRequest, TResponse>(
                method, settings, _source, (_, request, context) => invoke(request, context)));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Given(method, handler);
        Add(
            method,
            new ClientStreamingCallHandler<ServerServiceDefinition, TRequest, TResponse>(
                method, settings, _source, (_, requests, context) => invoke(requests, context)));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Given(method, handler);
        Add(
            method,
            new ServerStreamingCallHandler<ServerServiceDefinition, TRequest, TResponse>(
                method, settings, _source, (_, request, responses, context) => invoke(request, responses, context)));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var invoke = Given(method, handler);
        Add(
            method,
            new DuplexStreamingCallHandler<ServerServiceDefinition, TRequest, TResponse>(
                method, settings, _source, (_, requests, responses, context) => invoke(requests, responses, context)));
    }

    private static THandler Given<THandler>(IMethod method, THandler? handler)
        where THandler : Delegate => handler ?? throw new InvalidOperationException($"The definition has no handler for {method.FullName}.");

    private void Add(IMethod method, CallHandler handler) =>
        _methods.Add(new ServiceMethod(method, typeof(ServerServiceDefinition), handler, []));
}

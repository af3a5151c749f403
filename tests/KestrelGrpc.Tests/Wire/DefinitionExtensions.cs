using Grpc.Core;

namespace KestrelGrpc.Tests.Wire;

/// <summary>One name for each kind of method: lambdas leave the compiler in doubt between overloads.</summary>
internal static class DefinitionExtensions
{
    public static ServerServiceDefinition.Builder AddUnary<TRequest, TResponse>(
        this ServerServiceDefinition.Builder builder, Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class => builder.AddMethod(method, handler);

    public static ServerServiceDefinition.Builder AddClientStreaming<TRequest, TResponse>(
        this ServerServiceDefinition.Builder builder, Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class => builder.AddMethod(method, handler);

    public static ServerServiceDefinition.Builder AddServerStreaming<TRequest, TResponse>(
        this ServerServiceDefinition.Builder builder, Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class => builder.AddMethod(method, handler);

    public static ServerServiceDefinition.Builder AddDuplexStreaming<TRequest, TResponse>(
        this ServerServiceDefinition.Builder builder, Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse> handler)
        where TRequest : class
        where TResponse : class => builder.AddMethod(method, handler);
}

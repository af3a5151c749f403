namespace Grpc.Core.Interceptors;

/// <summary>What an interceptor may know and change of a client call.</summary>
public struct ClientInterceptorContext<TRequest, TResponse>
    where TRequest : class
    where TResponse : class
{
    public ClientInterceptorContext(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        Method = method;
        Host = host;
        Options = options;
    }

    public readonly Method<TRequest, TResponse> Method { get; }

    /// <summary>The <c>:authority</c> to send instead of the channel's, or null.</summary>
    public readonly string? Host { get; }

    public readonly CallOptions Options { get; }
}

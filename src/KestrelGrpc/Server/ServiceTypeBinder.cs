using System.Reflection;
using Grpc.Core;

namespace KestrelGrpc.Server;

/// <summary>Finds the methods of a service type; the service itself is found or made when a call arrives.</summary>
internal sealed class ServiceTypeBinder<TService>(MethodSettings settings) : ServiceBinderBase
    where TService : class
{
    private readonly ServiceSource<TService> _source = ServiceSource<TService>.Create(settings.Services);
    private readonly List<ServiceMethod> _methods = [];

    public IReadOnlyList<ServiceMethod> Methods => _methods;

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(method, typeof(TRequest), typeof(ServerCallContext));
        var invoke = found.CreateDelegate<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>();
        Add(method, found, new UnaryCallHandler<TService, TRequest, TResponse>(method, settings, _source, invoke));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(method, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        var invoke = found.CreateDelegate<Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>>();
        Add(method, found, new ClientStreamingCallHandler<TService, TRequest, TResponse>(method, settings, _source, invoke));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(method, typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var invoke = found.CreateDelegate<Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        Add(method, found, new ServerStreamingCallHandler<TService, TRequest, TResponse>(method, settings, _source, invoke));
    }

    public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        var found = Find(method, typeof(IAsyncStreamReader<TRequest>), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var invoke = found.CreateDelegate<Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>>();
        Add(method, found, new DuplexStreamingCallHandler<TService, TRequest, TResponse>(method, settings, _source, invoke));
    }

    private static MethodInfo Find(IMethod method, params Type[] parameters) =>
        typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance, parameters)
        ?? throw new InvalidOperationException($"{typeof(TService)} has no method for {method.FullName}.");

    private void Add(IMethod method, MethodInfo found, CallHandler handler)
    {
        object[] attributes = [.. typeof(TService).GetCustomAttributes(inherit: true), .. found.GetCustomAttributes(inherit: true)];
        _methods.Add(new ServiceMethod(method, typeof(TService), handler, attributes));
    }
}

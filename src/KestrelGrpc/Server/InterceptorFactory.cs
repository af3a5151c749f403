using Grpc.AspNetCore.Server;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;

namespace KestrelGrpc.Server;

/// <summary>Finds or makes the interceptor for one call.</summary>
internal sealed class InterceptorFactory
{
    private readonly InterceptorRegistration _registration;
    private readonly object[] _arguments;
    private readonly ObjectFactory _create;
    private readonly Lazy<Interceptor>? _singleton;

    public InterceptorFactory(InterceptorRegistration registration, IServiceProvider application)
    {
        _registration = registration;
        _arguments = [.. registration.Arguments];
        _create = ActivatorUtilities.CreateFactory(registration.Type, [.. _arguments.Select(argument => argument.GetType())]);
        if (_arguments.Length == 0 && application.GetRequiredService<ServiceLifetimes>().IsSingleton(registration.Type))
        {
            _singleton = new Lazy<Interceptor>(() => (Interceptor)application.GetRequiredService(registration.Type));
        }
    }

    /// <param name="isOwned">Whether it was made for this call and is to be disposed of after it.</param>
    public Interceptor Get(ServerCall call, out bool isOwned)
    {
        isOwned = false;
        if (_singleton is not null)
        {
            return _singleton.Value;
        }

        var services = call.Http.RequestServices;
        if (_arguments.Length == 0 && services.GetService(_registration.Type) is Interceptor registered)
        {
            return registered;
        }

        isOwned = true;
        return (Interceptor)_create(services, _arguments);
    }
}

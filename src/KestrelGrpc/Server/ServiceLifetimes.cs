using Microsoft.Extensions.DependencyInjection;

namespace KestrelGrpc.Server;

/// <summary>Tells which types are singletons: those need no look-up, and no scope, per call.</summary>
internal sealed class ServiceLifetimes(IServiceCollection services)
{
    public bool IsSingleton(Type type) =>
        services.LastOrDefault(service => service.ServiceType == type && !service.IsKeyedService)?.Lifetime == ServiceLifetime.Singleton;
}

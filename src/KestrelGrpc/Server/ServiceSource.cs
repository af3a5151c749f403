using Microsoft.Extensions.DependencyInjection;

namespace KestrelGrpc.Server;

/// <summary>Gives each call its service.</summary>
internal abstract class ServiceSource<TService>
    where TService : class
{
    public static ServiceSource<TService> Create(IServiceProvider application) =>
        application.GetRequiredService<ServiceLifetimes>().IsSingleton(typeof(TService))
            ? new Singleton(application)
            : new PerCall();

    public static ServiceSource<TService> Constant(TService service) => new Fixed(service);

    public abstract TService Get(ServerCall call);

    private sealed class Fixed(TService service) : ServiceSource<TService>
    {
        public override TService Get(ServerCall call) => service;
    }

    private sealed class Singleton(IServiceProvider application) : ServiceSource<TService>
    {
        private TService? _service;

        public override TService Get(ServerCall call) => _service ??= application.GetRequiredService<TService>();
    }

    private sealed class PerCall : ServiceSource<TService>
    {
        private readonly Lazy<ObjectFactory<TService>> _create = new(() => ActivatorUtilities.CreateFactory<TService>([]));

        public override TService Get(ServerCall call)
        {
            var services = call.Http.RequestServices;
            if (services.GetService<TService>() is { } registered)
            {
                return registered;
            }

            var created = _create.Value(services, []);
            call.DisposeAtEnd(created);
            return created;
        }
    }
}

using Grpc.Core;
using KestrelGrpc.Server;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>Maps every method of a service at <c>/pkg.Service/Method</c>. Paths are exact: no prefix, other case or query.</summary>
    /// <typeparam name="TService">Derives from a generated service base. Taken from dependency injection if it is there, else made for each call.</typeparam>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        var routes = Routes(builder);
        var settings = MethodSettings.For<TService>(builder.ServiceProvider);
        return routes.Map(builder, ServiceMethods.Of<TService>(settings));
    }

    /// <summary>Maps a service that exists already.</summary>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService(this IEndpointRouteBuilder builder, ServerServiceDefinition serviceDefinition)
    {
        ArgumentNullException.ThrowIfNull(serviceDefinition);
        return builder.MapGrpcService(_ => serviceDefinition);
    }

    /// <inheritdoc cref="MapGrpcService(IEndpointRouteBuilder, ServerServiceDefinition)"/>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService(
        this IEndpointRouteBuilder builder, Func<IServiceProvider, ServerServiceDefinition> getServiceDefinition)
    {
        ArgumentNullException.ThrowIfNull(getServiceDefinition);
        var routes = Routes(builder);
        var settings = MethodSettings.For<ServerServiceDefinition>(builder.ServiceProvider);
        return routes.Map(builder, ServiceMethods.Of(getServiceDefinition(builder.ServiceProvider), settings));
    }

    private static GrpcRoutes Routes(IEndpointRouteBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ServiceProvider.GetService<GrpcRoutes>()
            ?? throw new InvalidOperationException("Call AddGrpc on the service collection before mapping gRPC services.");
    }
}

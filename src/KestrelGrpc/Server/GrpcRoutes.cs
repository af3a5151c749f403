using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Options;

namespace KestrelGrpc.Server;

/// <summary>Turns methods into endpoints, and everything else that is gRPC into UNIMPLEMENTED.</summary>
internal sealed class GrpcRoutes(IOptions<GrpcServiceOptions> options)
{
    private static readonly HttpMethodMetadata Post = new([HttpMethods.Post]);

    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);

    public GrpcServiceEndpointConventionBuilder Map(IEndpointRouteBuilder builder, IReadOnlyList<ServiceMethod> methods)
    {
        var settings = MethodSettings.For<GrpcRoutes>(builder.ServiceProvider);
        foreach (var service in methods.Select(method => method.Method.ServiceName).Distinct())
        {
            MapUnimplemented(builder, settings, $"/{service}/{{method}}");
        }

        if (options.Value.IgnoreUnknownServices != true)
        {
            MapUnimplemented(builder, settings, "/{service}/{method}");
        }

        return new GrpcServiceEndpointConventionBuilder([.. methods.Select(method => Map(builder, method))]);
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder builder, ServiceMethod method)
    {
        var pattern = RoutePatternFactory.Parse(method.Method.FullName);
        var endpoint = builder.Map(pattern, method.Handler.HandleAsync);
        endpoint.Add(made =>
        {
            made.DisplayName = $"gRPC - {method.Method.FullName}";
            made.Metadata.Add(Post);
            made.Metadata.Add(new GrpcMethodMetadata(method.ServiceType, method.Method));
            foreach (var item in method.Metadata)
            {
                made.Metadata.Add(item);
            }
        });
        return endpoint;
    }

    private void MapUnimplemented(IEndpointRouteBuilder builder, MethodSettings settings, string template)
    {
        if (!_answered.Add(template))
        {
            return;
        }

        var pattern = RoutePatternFactory.Parse(template, defaults: null, new RouteValueDictionary { ["method"] = new GrpcRequestConstraint() });
        builder.Map(pattern, new UnimplementedCallHandler(settings).HandleAsync).Add(made =>
        {
            // Behind every route of the application.
            ((RouteEndpointBuilder)made).Order = int.MaxValue;
            made.DisplayName = $"gRPC - unimplemented {template}";
            made.Metadata.Add(Post);
        });
    }
}

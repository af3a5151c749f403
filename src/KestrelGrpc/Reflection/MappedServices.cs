using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Routing;

namespace KestrelGrpc.Reflection;

/// <summary>Finds the descriptors of the services that an application maps.</summary>
internal static class MappedServices
{
    /// <summary>A service mapped from a definition has no generated class, and so no descriptor.</summary>
    public static IEnumerable<ServiceDescriptor> Find(EndpointDataSource endpoints) =>
        endpoints.Endpoints
            .Select(endpoint => endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()?.ServiceType)
            .Distinct()
            .Select(type => type?.GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)?.BindType)
            .Select(type => type?.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<ServiceDescriptor>()
            .Distinct();
}

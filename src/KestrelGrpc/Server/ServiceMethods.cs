using System.Reflection;
using Grpc.Core;

namespace KestrelGrpc.Server;

/// <summary>Asks generated code which methods a service has.</summary>
internal static class ServiceMethods
{
    public static IReadOnlyList<ServiceMethod> Of<TService>(MethodSettings settings)
        where TService : class
    {
        var binder = new ServiceTypeBinder<TService>(settings);
        FindBindMethod(typeof(TService)).Invoke(null, [binder, null]);
        return binder.Methods;
    }

    public static IReadOnlyList<ServiceMethod> Of(ServerServiceDefinition definition, MethodSettings settings)
    {
        var binder = new DefinitionBinder(definition, settings);
        definition.BindService(binder);
        return binder.Methods;
    }

    /// <summary>The generated <c>BindService(ServiceBinderBase, XBase)</c>.</summary>
    private static MethodInfo FindBindMethod(Type service)
    {
        var attribute = service.GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)
            ?? throw new InvalidOperationException($"{service} is no gRPC service: it derives from no generated service base.");
        return attribute.BindType
            .GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .SingleOrDefault(method => method.Name == attribute.BindMethodName && IsBindMethod(method, service))
            ?? throw new InvalidOperationException($"{attribute.BindType} has no method {attribute.BindMethodName} to bind {service}.");
    }

    private static bool IsBindMethod(MethodInfo method, Type service)
    {
        var parameters = method.GetParameters();
        return parameters.Length == 2 && parameters[0].ParameterType == typeof(ServiceBinderBase) && parameters[1].ParameterType.IsAssignableFrom(service);
    }
}

using Grpc.Core;

namespace KestrelGrpc.Server;

/// <summary>A method that is ready to be mapped.</summary>
/// <param name="Metadata">Attributes of the service and of the method that implements it, for the endpoint.</param>
internal sealed record ServiceMethod(IMethod Method, Type ServiceType, CallHandler Handler, IReadOnlyList<object> Metadata);

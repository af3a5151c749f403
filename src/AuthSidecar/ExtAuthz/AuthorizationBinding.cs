using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Grpc.Core;

namespace AuthSidecar.ExtAuthz;

/// <summary>The service <c>envoy.service.auth.v3.Authorization</c> with an answer that writes its own bytes, instead of the generated base with a message for each header.</summary>
internal static class AuthorizationBinding
{
    private static readonly Method<CheckRequest, CheckAnswer> _check = new(
        MethodType.Unary,
        Descriptor.FullName,
        "Check",
        Marshallers.Create((message, context) => throw new NotSupportedException("A server only reads requests."), ReadRequest),
        Marshallers.Create<CheckAnswer>(WriteAnswer, _ => throw new NotSupportedException("A server only writes answers.")));

    /// <summary>Read by reflection services.</summary>
    public static Google.Protobuf.Reflection.ServiceDescriptor Descriptor => Envoy.Service.Auth.V3.Authorization.Descriptor;

    public static void BindService(ServiceBinderBase binder, AuthorizationServiceBase? service) =>
        binder.AddMethod(_check, service is null ? null : new UnaryServerMethod<CheckRequest, CheckAnswer>(service.Check));

    // A question that cannot be read is an empty one, which is refused: a gRPC error would be Envoy's to let pass.
    private static CheckRequest ReadRequest(DeserializationContext context)
    {
        try
        {
            return CheckRequest.Parser.ParseFrom(context.PayloadAsReadOnlySequence());
        }
        catch (InvalidProtocolBufferException)
        {
            return new();
        }
    }

    private static void WriteAnswer(CheckAnswer answer, SerializationContext context)
    {
        context.SetPayloadLength(answer.Length);
        answer.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}

[BindServiceMethod(typeof(AuthorizationBinding), nameof(AuthorizationBinding.BindService))]
internal abstract class AuthorizationServiceBase
{
    public abstract Task<CheckAnswer> Check(CheckRequest request, ServerCallContext context);
}

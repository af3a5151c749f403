using AuthSidecar.Decisions.Vocabulary;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Binds the service <c>envoy.service.auth.v3.Authorization</c> to <see cref="CheckRequestReader"/> and <see cref="CheckAnswer"/>; the
/// generated base allocates a message per header.
/// </summary>
internal static class AuthorizationBinding
{
    private static readonly Method<InboundRequest, CheckAnswer> _check = new(
        MethodType.Unary,
        Descriptor.FullName,
        "Check",
        Marshallers.Create<InboundRequest>(
            (message, context) => throw new NotSupportedException("A server only reads requests."),
            context => CheckRequestReader.Read(context.PayloadAsReadOnlySequence())
        ),
        Marshallers.Create<CheckAnswer>(WriteAnswer, _ => throw new NotSupportedException("A server only writes answers."))
    );

    /// <summary>Found by reflection services.</summary>
    public static Google.Protobuf.Reflection.ServiceDescriptor Descriptor => global::Envoy.Service.Auth.V3.Authorization.Descriptor;

    public static void BindService(ServiceBinderBase binder, AuthorizationServiceBase? service) =>
        binder.AddMethod(_check, service is null ? null : new UnaryServerMethod<InboundRequest, CheckAnswer>(service.Check));

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
    public abstract Task<CheckAnswer> Check(InboundRequest request, ServerCallContext context);
}

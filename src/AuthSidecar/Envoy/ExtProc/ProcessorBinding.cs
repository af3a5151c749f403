using Envoy.Service.ExtProc.V3;
using Google.Protobuf;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtProc;

/// <summary>
/// The service <c>envoy.service.ext_proc.v3.ExternalProcessor</c> with messages read directly from their bytes; the generated base
/// allocates about thirty objects for each event.
/// </summary>
internal static class ProcessorBinding
{
    private static readonly Method<ProcessingMessage, ProcessingResponse> _process = new(
        MethodType.DuplexStreaming,
        Descriptor.FullName,
        "Process",
        Marshallers.Create<ProcessingMessage>(
            (message, context) => throw new NotSupportedException("A server only reads requests."),
            context => ProcessingReader.Read(context.PayloadAsReadOnlySequence())
        ),
        Marshallers.Create<ProcessingResponse>(Write, _ => throw new NotSupportedException("A server only writes answers."))
    );

    /// <summary>Read by reflection services.</summary>
    public static Google.Protobuf.Reflection.ServiceDescriptor Descriptor => ExternalProcessor.Descriptor;

    public static void BindService(ServiceBinderBase binder, ProcessorServiceBase? service) =>
        binder.AddMethod(
            _process,
            service is null ? null : new DuplexStreamingServerMethod<ProcessingMessage, ProcessingResponse>(service.Process)
        );

    private static void Write(ProcessingResponse answer, SerializationContext context)
    {
        context.SetPayloadLength(answer.CalculateSize());
        answer.WriteTo(context.GetBufferWriter());
        context.Complete();
    }
}

[BindServiceMethod(typeof(ProcessorBinding), nameof(ProcessorBinding.BindService))]
internal abstract class ProcessorServiceBase
{
    public abstract Task Process(
        IAsyncStreamReader<ProcessingMessage> requests,
        IServerStreamWriter<ProcessingResponse> answers,
        ServerCallContext context
    );
}

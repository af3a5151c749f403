using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection.V1;
using KestrelGrpc.Reflection;
using static Grpc.Reflection.V1.ServerReflectionRequest;

namespace Grpc.Reflection;

/// <summary>Tells tools which services there are and what their messages look like: <c>grpc.reflection.v1</c>.</summary>
public class ReflectionV1ServiceImpl : ServerReflection.ServerReflectionBase
{
    private readonly ReflectionAnswers _answers;

    /// <param name="services">Full names.</param>
    public ReflectionV1ServiceImpl(IEnumerable<string> services, SymbolRegistry symbolRegistry)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(symbolRegistry);
        _answers = new ReflectionAnswers(services, symbolRegistry);
    }

    public ReflectionV1ServiceImpl(IEnumerable<ServiceDescriptor> serviceDescriptors)
    {
        ArgumentNullException.ThrowIfNull(serviceDescriptors);
        _answers = ReflectionAnswers.About(serviceDescriptors);
    }

    public ReflectionV1ServiceImpl(params ServiceDescriptor[] serviceDescriptors)
        : this((IEnumerable<ServiceDescriptor>)serviceDescriptors)
    {
    }

    public override async Task ServerReflectionInfo(
        IAsyncStreamReader<ServerReflectionRequest> requestStream, IServerStreamWriter<ServerReflectionResponse> responseStream, ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(requestStream);
        ArgumentNullException.ThrowIfNull(responseStream);
        while (await requestStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
        {
            var response = Answer(requestStream.Current);
            response.ValidHost = requestStream.Current.Host;
            response.OriginalRequest = requestStream.Current;
            await responseStream.WriteAsync(response).ConfigureAwait(false);
        }
    }

    private static ServerReflectionResponse Error((int Code, string Message) error) =>
        new() { ErrorResponse = new ErrorResponse { ErrorCode = error.Code, ErrorMessage = error.Message } };

    private ServerReflectionResponse Answer(ServerReflectionRequest request)
    {
        switch (request.MessageRequestCase)
        {
            case MessageRequestOneofCase.FileByFilename:
                return Files(_answers.FileByName(request.FileByFilename), request.FileByFilename);
            case MessageRequestOneofCase.FileContainingSymbol:
                return Files(_answers.FileContainingSymbol(request.FileContainingSymbol), request.FileContainingSymbol);
            case MessageRequestOneofCase.ListServices:
                var list = new ListServiceResponse();
                list.Service.AddRange(_answers.Services.Select(name => new ServiceResponse { Name = name }));
                return new ServerReflectionResponse { ListServicesResponse = list };
            default:
                return Error(ReflectionAnswers.NoExtensions());
        }
    }

    private static ServerReflectionResponse Files(IEnumerable<Google.Protobuf.ByteString>? files, string what)
    {
        if (files is null)
        {
            return Error(ReflectionAnswers.NotFound(what));
        }

        var response = new FileDescriptorResponse();
        response.FileDescriptorProto.AddRange(files);
        return new ServerReflectionResponse { FileDescriptorResponse = response };
    }
}

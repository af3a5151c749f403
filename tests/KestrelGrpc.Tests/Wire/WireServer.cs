using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Testing;
using KestrelGrpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace KestrelGrpc.Tests.Wire;

/// <summary>A server with one method that does what the test says, and a raw connection to it.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly GrpcServer _server;

    private WireServer(GrpcServer server, RawConnection connection)
    {
        _server = server;
        Connection = connection;
    }

    public static Method<SimpleRequest, SimpleResponse> Unary { get; } = Define(MethodType.Unary, "Unary");

    public static Method<SimpleRequest, SimpleResponse> ClientStreaming { get; } = Define(MethodType.ClientStreaming, "ClientStreaming");

    public static Method<SimpleRequest, SimpleResponse> ServerStreaming { get; } = Define(MethodType.ServerStreaming, "ServerStreaming");

    public static Method<SimpleRequest, SimpleResponse> Duplex { get; } = Define(MethodType.DuplexStreaming, "Duplex");

    public RawConnection Connection { get; }

    public GrpcServer Host => _server;

    public static Task<WireServer> StartAsync(
        UnaryServerMethod<SimpleRequest, SimpleResponse>? unary = null,
        Action<GrpcServiceOptions>? grpc = null,
        Action<IServiceCollection>? services = null,
        Action<KestrelServerOptions>? kestrel = null) =>
        StartAsync(builder => builder.AddMethod(Unary, unary ?? ((_, _) => Task.FromResult(new SimpleResponse { Username = "ok" }))), grpc, services, kestrel);

    public static async Task<WireServer> StartAsync(
        Action<ServerServiceDefinition.Builder> methods,
        Action<GrpcServiceOptions>? grpc = null,
        Action<IServiceCollection>? services = null,
        Action<KestrelServerOptions>? kestrel = null)
    {
        var definition = ServerServiceDefinition.CreateBuilder();
        methods(definition);
        var server = await GrpcServer.StartAsync(app => app.MapGrpcService(definition.Build()), grpc, services, kestrel);
        return new WireServer(server, await RawConnection.OpenAsync(server.Address));
    }

    /// <summary>A whole request, and its reply.</summary>
    public async Task<RawReply> CallAsync(byte[] body, params (string Name, string Value)[] headers)
    {
        var stream = await Connection.SendHeadersAsync(Request.Headers(headers));
        await stream.SendDataAsync(body, endStream: true);
        return await stream.ReplyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static Method<SimpleRequest, SimpleResponse> Define(MethodType type, string name) =>
        new(type, "test.Wire", name, Of(SimpleRequest.Parser), Of(SimpleResponse.Parser));

    private static Marshaller<T> Of<T>(MessageParser<T> parser)
        where T : class, IMessage<T>, IBufferMessage =>
        Marshallers.Create(
            (T message, SerializationContext context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));
}

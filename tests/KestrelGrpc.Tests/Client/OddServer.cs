using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using KestrelGrpc.Tests.Hosting;
using KestrelGrpc.Tests.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Tests.Client;

/// <summary>An HTTP/2 server that answers calls with whatever the test writes.</summary>
internal sealed class OddServer : IAsyncDisposable
{
    private readonly GrpcServer _server;

    private OddServer(GrpcServer server, GrpcChannelOptions options)
    {
        _server = server;
        Channel = server.Connect(options);
    }

    public GrpcChannel Channel { get; }

    public CallInvoker Invoker => Channel.CreateCallInvoker();

    public static async Task<OddServer> StartAsync(RequestDelegate answer, GrpcChannelOptions? options = null) =>
        new(await GrpcServer.StartAsync(app => app.Run(answer)), options ?? new GrpcChannelOptions());

    /// <summary>Answers 200 with these bytes and this status in trailers.</summary>
    public static Task<OddServer> StartAsync(byte[] body, string? status = "0", GrpcChannelOptions? options = null, string? encoding = null) => StartAsync(
        async http =>
        {
            http.Response.ContentType = "application/grpc";
            if (encoding is not null)
            {
                http.Response.Headers["grpc-encoding"] = encoding;
            }

            await http.Response.Body.WriteAsync(body);
            if (status is not null)
            {
                http.Response.AppendTrailer("grpc-status", status);
            }
        },
        options);

    public AsyncUnaryCall<SimpleResponse> Call(CallOptions options = default) => Invoker.AsyncUnaryCall(WireServer.Unary, null, options, new SimpleRequest());

    public async Task<RpcException> FailAsync(CallOptions options = default) => await Assert.ThrowsAsync<RpcException>(() => Call(options).ResponseAsync);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _server.DisposeAsync();
    }
}

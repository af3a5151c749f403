using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;
using KestrelGrpc.Tests.Wire;

namespace KestrelGrpc.Tests.Server;

/// <summary>Kestrel allows 30,000,000 bytes in a request, which is a limit on documents, not on messages or streams of them.</summary>
public class LargeBodyTests
{
    [Fact]
    public async Task MessageWithoutALimit_MayBeLargerThanADocument()
    {
        await using var server = await WireServer.StartAsync(
            (request, _) => Task.FromResult(new SimpleResponse { Username = $"{request.Payload.Body.Length}" }), options => options.MaxReceiveMessageSize = null);
        using var channel = server.Host.Connect();

        var reply = await channel.CreateCallInvoker().AsyncUnaryCall(WireServer.Unary, null, default, Of(31_000_000));

        Assert.Equal("31000000", reply.Username);
    }

    [Fact]
    public async Task Stream_MayBeLongerThanADocument()
    {
        await using var server = await WireServer.StartAsync(methods => methods.AddClientStreaming(WireServer.ClientStreaming, async (requests, _) =>
        {
            var total = 0;
            await foreach (var request in requests.ReadAllAsync())
            {
                total += request.Payload.Body.Length;
            }

            return new SimpleResponse { Username = $"{total}" };
        }));
        using var channel = server.Host.Connect();
        using var call = channel.CreateCallInvoker().AsyncClientStreamingCall(WireServer.ClientStreaming, null, default);
        for (var i = 0; i < 16; i++)
        {
            await call.RequestStream.WriteAsync(Of(2_000_000));
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal("32000000", (await call).Username);
    }

    private static SimpleRequest Of(int size) => new() { Payload = new Payload { Body = ByteString.CopyFrom(new byte[size]) } };
}

using Grpc.Core;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Wire;

public class StatusTests
{
    [Theory]
    [InlineData("plain text, 0x20 to 0x7E: ~", "plain text, 0x20 to 0x7E: ~")]
    [InlineData("100%", "100%25")]
    [InlineData("\t\r\n\u007f", "%09%0D%0A%7F")]
    [InlineData("\u263a \U0001f608", "%E2%98%BA %F0%9F%98%88")]
    public async Task Message_IsPercentEncoded(string detail, string onTheWire)
    {
        await using var server = await WireServer.StartAsync((_, _) => throw new RpcException(new Status(StatusCode.NotFound, detail)));

        var reply = await server.CallAsync(Request.Simple());

        Assert.True(reply.IsTrailersOnly);
        Assert.Equal(("5", onTheWire), (reply.Trailer("grpc-status"), reply.GrpcMessage));
    }

    [Fact]
    public async Task RpcException_CarriesItsTrailers()
    {
        await using var server = await WireServer.StartAsync((_, context) =>
        {
            context.ResponseTrailers.Add("x-before", "1");
            throw new RpcException(new Status(StatusCode.Aborted, ""), new Metadata { { "x-thrown", "2" } });
        });

        var reply = await server.CallAsync(Request.Simple());

        Assert.Equal((10, null, "1", "2"), (reply.GrpcStatus, reply.GrpcMessage, reply.Trailer("x-before"), reply.Trailer("x-thrown")));
    }

    [Fact]
    public async Task StatusSetByTheHandler_IsSentWithoutAMessage()
    {
        await using var server = await WireServer.StartAsync((_, context) =>
        {
            context.Status = new Status(StatusCode.DataLoss, "gone");
            return Task.FromResult(new SimpleResponse { Username = "unused" });
        });

        var reply = await server.CallAsync(Request.Simple());

        Assert.Equal((15, "gone", true), (reply.GrpcStatus, reply.GrpcMessage, reply.IsTrailersOnly));
    }

    [Theory]
    [InlineData(false, "Exception was thrown by handler.")]
    [InlineData(true, "Exception was thrown by handler. InvalidOperationException: secret")]
    public async Task ExceptionOfTheHandler_TellsItsTextOnlyWhenAllowed(bool detailed, string message)
    {
        await using var server = await WireServer.StartAsync((_, _) => throw new InvalidOperationException("secret"), options => options.EnableDetailedErrors = detailed);

        var reply = await server.CallAsync(Request.Simple());

        Assert.Equal((2, message), (reply.GrpcStatus, reply.GrpcMessage));
        Assert.Contains("secret", Assert.Single(server.Host.Log.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoMessageFromTheHandler_IsCancelled()
    {
        await using var server = await WireServer.StartAsync((_, _) => Task.FromResult<SimpleResponse>(null!));

        Assert.Equal(1, (await server.CallAsync(Request.Simple())).GrpcStatus);
    }

    [Fact]
    public async Task FailureAfterTheFirstMessage_ComesInTrailers()
    {
        await using var server = await WireServer.StartAsync(methods => methods.AddServerStreaming(WireServer.ServerStreaming, async (_, responses, _) =>
        {
            await responses.WriteAsync(new SimpleResponse { Username = "ok" });
            throw new RpcException(new Status(StatusCode.OutOfRange, "no more"));
        }));

        var reply = await server.CallAsync(Request.Simple(), (":path", WireServer.ServerStreaming.FullName));

        Assert.False(reply.IsTrailersOnly);
        Assert.Equal("ok", reply.Message(SimpleResponse.Parser).Username);
        Assert.Equal((11, "no more"), (reply.GrpcStatus, reply.GrpcMessage));
    }

    [Fact]
    public async Task MarshallerThatFailsHalfway_LeavesNoHalfMessage()
    {
        var broken = new Method<SimpleRequest, SimpleResponse>(
            MethodType.Unary,
            "test.Wire",
            "Broken",
            WireServer.Unary.RequestMarshaller,
            Marshallers.Create<SimpleResponse>(
                (_, context) =>
                {
                    context.SetPayloadLength(10);
                    var writer = context.GetBufferWriter();
                    writer.GetSpan(4)[..4].Fill(1);
                    writer.Advance(4);
                    throw new InvalidOperationException("broken");
                },
                _ => new SimpleResponse()));
        await using var server = await WireServer.StartAsync(methods => methods.AddUnary(broken, (_, _) => Task.FromResult(new SimpleResponse())));

        var reply = await server.CallAsync(Request.Simple(), (":path", broken.FullName));

        Assert.True(reply.IsTrailersOnly);
        Assert.Equal(2, reply.GrpcStatus);
    }
}

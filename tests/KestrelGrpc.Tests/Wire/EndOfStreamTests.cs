using Grpc.Core;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Wire;

/// <summary>How streams end: some clients throw a response away when a RST_STREAM NO_ERROR follows it.</summary>
public class EndOfStreamTests
{
    [Fact]
    public async Task Unary_IsNotAnsweredBeforeTheRequestHasEnded()
    {
        var called = new TaskCompletionSource();
        await using var server = await WireServer.StartAsync((_, _) =>
        {
            called.SetResult();
            return Task.FromResult(new SimpleResponse { Username = "ok" });
        });
        var stream = await server.Connection.SendHeadersAsync(Request.Headers());
        await stream.SendDataAsync(Request.Simple(), endStream: false);
        await Task.WhenAny(called.Task, Task.Delay(200));
        Assert.False(called.Task.IsCompleted);

        await stream.SendDataAsync(default, endStream: true);
        var reply = await stream.ReplyAsync();

        Assert.Equal(0, reply.GrpcStatus);
        await AssertNoResetAsync(server);
    }

    [Theory]
    [InlineData("/test.Wire/Other", new byte[] { 0 }, 12)]
    [InlineData(Request.UnaryPath, new byte[] { 9, 0, 0, 0, 0 }, 13)]
    [InlineData(Request.UnaryPath, new byte[] { 0, 0x7F, 0, 0, 0 }, 8)]
    public async Task EarlyRefusal_IsAnsweredAtOnceAndTheRequestReadToItsEnd(string path, byte[] start, int status)
    {
        await using var server = await WireServer.StartAsync();
        var stream = await server.Connection.SendHeadersAsync(Request.Headers((":path", path)));
        await stream.SendDataAsync(start, endStream: false);

        var reply = await stream.ReplyAsync();
        await stream.SendDataAsync(new byte[100_000], endStream: false);
        await stream.SendDataAsync(default, endStream: true);

        Assert.Equal(status, reply.GrpcStatus);
        Assert.Null(reply.ResetCode);
        await AssertNoResetAsync(server);
    }

    [Fact]
    public async Task RequestThatNeverEnds_IsResetInTheEnd()
    {
        await using var server = await WireServer.StartAsync();
        var stream = await server.Connection.SendHeadersAsync(Request.Headers((":path", "/test.Wire/Other")));

        var reply = await stream.ReplyAsync();

        Assert.Equal(12, reply.GrpcStatus);
        Assert.Equal(0, (await server.Connection.NextAsync(RawFrameType.ResetStream))!.ErrorCode);
    }

    [Fact]
    public async Task ClientReset_CancelsTheHandlerAndNothingIsWritten()
    {
        var started = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        await using var server = await WireServer.StartAsync(async (request, context) =>
        {
            if (request.Payload.Body.Length == 1)
            {
                return new SimpleResponse();
            }

            await using var registration = context.CancellationToken.Register(cancelled.SetResult);
            started.SetResult();
            await cancelled.Task;
            throw new OperationCanceledException();
        });
        var stream = await server.Connection.SendHeadersAsync(Request.Headers());
        await stream.SendDataAsync(Request.Simple(), endStream: true);
        await started.Task.WaitAsync(RawConnection.Patience);

        await stream.ResetAsync();

        await cancelled.Task.WaitAsync(RawConnection.Patience);
        var next = await server.Connection.SendHeadersAsync(Request.Headers());
        await next.SendDataAsync(Request.Simple(1), endStream: true);
        for (RawFrame? frame = null; frame is not { EndsStream: true };)
        {
            frame = await server.Connection.NextAsync();
            Assert.NotEqual(stream.Id, frame!.StreamId);
        }

        Assert.Empty(server.Host.Log.Errors);
    }

    [Fact]
    public async Task ConnectionLost_CancelsTheHandler()
    {
        var cancelled = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        await using var server = await WireServer.StartAsync(async (_, context) =>
        {
            await using var registration = context.CancellationToken.Register(cancelled.SetResult);
            started.SetResult();
            await cancelled.Task;
            return new SimpleResponse();
        });
        await using var connection = await RawConnection.OpenAsync(server.Host.Address);
        var stream = await connection.SendHeadersAsync(Request.Headers(("grpc-timeout", "1H")));
        await stream.SendDataAsync(Request.Simple(), endStream: true);
        await started.Task.WaitAsync(RawConnection.Patience);

        await connection.DisposeAsync();

        await cancelled.Task.WaitAsync(RawConnection.Patience);
    }

    [Fact]
    public async Task HandlerThatWritesAfterItsEnd_GetsAnException()
    {
        IServerStreamWriter<SimpleResponse>? leaked = null;
        await using var server = await WireServer.StartAsync(methods => methods.AddServerStreaming(WireServer.ServerStreaming, (_, responses, _) =>
        {
            leaked = responses;
            return Task.CompletedTask;
        }));

        var reply = await server.CallAsync(Request.Simple(), (":path", WireServer.ServerStreaming.FullName));

        Assert.Equal((0, true), (reply.GrpcStatus, reply.IsTrailersOnly));
        await Assert.ThrowsAsync<InvalidOperationException>(() => leaked!.WriteAsync(new SimpleResponse()));
    }

    /// <summary>A PING comes back after everything that the server has to say about the stream.</summary>
    private static async Task AssertNoResetAsync(WireServer server)
    {
        await Task.Delay(100);
        await server.Connection.SendAsync(RawFrameType.Ping, 0, 0, new byte[8]);
        Assert.Equal(RawFrameType.Ping, (await server.Connection.NextAsync())!.Type);
    }
}

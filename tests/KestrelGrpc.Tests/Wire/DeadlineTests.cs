using Grpc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace KestrelGrpc.Tests.Wire;

public class DeadlineTests
{
    [Fact]
    public async Task RequestNotEndedByTheDeadline_GetsStatus4AndThenReset()
    {
        var time = new FakeTimeProvider();
        await using var server = await WireServer.StartAsync(services: services => services.AddSingleton<TimeProvider>(time));
        var stream = await server.Connection.SendHeadersAsync(Request.Headers(("grpc-timeout", "50m")));
        await stream.SendDataAsync(new byte[] { 0, 0 }, endStream: false);

        var reply = await ReplyAfterAsync(time, TimeSpan.FromMilliseconds(50), stream);

        Assert.Equal("200", reply.HttpStatus);
        Assert.True(reply.IsTrailersOnly);
        Assert.Equal(4, reply.GrpcStatus);
        Assert.Equal(RawStream.Cancel, (await server.Connection.NextAsync(RawFrameType.ResetStream))!.ErrorCode);
    }

    [Fact]
    public async Task HandlerAtWork_IsCancelledAndAnsweredFor()
    {
        var time = new FakeTimeProvider();
        var cancelled = new TaskCompletionSource();
        await using var server = await WireServer.StartAsync(
            async (_, context) =>
            {
                Assert.Equal(time.GetUtcNow().UtcDateTime + TimeSpan.FromSeconds(3), context.Deadline);
                await using var registration = context.CancellationToken.Register(cancelled.SetResult);
                await cancelled.Task;
                return new SimpleResponse();
            },
            services: services => services.AddSingleton<TimeProvider>(time));
        var stream = await server.Connection.SendHeadersAsync(Request.Headers(("grpc-timeout", "3S")));
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        var reply = await ReplyAfterAsync(time, TimeSpan.FromSeconds(3), stream);

        Assert.Equal(4, reply.GrpcStatus);
        await cancelled.Task.WaitAsync(RawConnection.Patience);
    }

    [Fact]
    public async Task HandlerThatIgnoresItsToken_DoesNotHoldTheAnswerBack()
    {
        var time = new FakeTimeProvider();
        var release = new TaskCompletionSource();
        await using var server = await WireServer.StartAsync(
            async (_, _) =>
            {
                await release.Task;
                throw new InvalidOperationException("too late to matter");
            },
            services: services => services.AddSingleton<TimeProvider>(time));
        var stream = await server.Connection.SendHeadersAsync(Request.Headers(("grpc-timeout", "1M")));
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        var reply = await ReplyAfterAsync(time, TimeSpan.FromMinutes(1), stream);

        Assert.Equal(4, reply.GrpcStatus);
        release.SetResult();
        Assert.Equal(12, (await server.CallAsync(Request.Simple(), (":path", "/test.Wire/Other"))).GrpcStatus);
        Assert.Empty(server.Host.Log.Errors);
    }

    [Fact]
    public async Task StreamingResponse_EndsAtTheDeadlineBetweenMessages()
    {
        var time = new FakeTimeProvider();
        await using var server = await WireServer.StartAsync(
            methods => methods.AddServerStreaming(WireServer.ServerStreaming, async (_, responses, context) =>
            {
                await responses.WriteAsync(new SimpleResponse { Username = "ok" });
                await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
            }),
            services: services => services.AddSingleton<TimeProvider>(time));
        var stream = await server.Connection.SendHeadersAsync(Request.Headers((":path", WireServer.ServerStreaming.FullName), ("grpc-timeout", "1S")));
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        var reply = await ReplyAfterAsync(time, TimeSpan.FromSeconds(1), stream);

        Assert.Equal("ok", reply.Message(SimpleResponse.Parser).Username);
        Assert.Equal(4, reply.GrpcStatus);
    }

    [Theory]
    [InlineData("1n")]
    [InlineData("0m")]
    [InlineData("00000000S")]
    public async Task DeadlineBelowTheClocksResolution_IsADeadline(string timeout)
    {
        var wasCalled = false;
        await using var server = await WireServer.StartAsync((_, _) =>
        {
            wasCalled = true;
            return Task.FromResult(new SimpleResponse());
        });

        var reply = await server.CallAsync(Request.Simple(), ("grpc-timeout", timeout));

        Assert.Equal(4, reply.GrpcStatus);
        Assert.False(wasCalled);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("1")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData("1.5S")]
    [InlineData("1s")]
    [InlineData("1x")]
    [InlineData("123456789n")]
    [InlineData(" 1n")]
    [InlineData("1 n")]
    [InlineData("99999999999999999999H")]
    public async Task MalformedTimeout_IsNoDeadline(string timeout)
    {
        await using var server = await WireServer.StartAsync((_, context) => Task.FromResult(new SimpleResponse { Username = $"{context.Deadline == DateTime.MaxValue}" }));

        var reply = await server.CallAsync(Request.Simple(), ("grpc-timeout", timeout));

        Assert.Equal("True", reply.Message(SimpleResponse.Parser).Username);
    }

    [Fact]
    public async Task LongestTimeout_EndsWithTheCalendar()
    {
        await using var server = await WireServer.StartAsync(async (_, context) =>
        {
            await Task.Yield();
            context.CancellationToken.ThrowIfCancellationRequested();
            return new SimpleResponse { Username = $"{context.Deadline == DateTime.MaxValue}" };
        });

        var reply = await server.CallAsync(Request.Simple(), ("grpc-timeout", "99999999H"));

        Assert.Equal("True", reply.Message(SimpleResponse.Parser).Username);
    }

    /// <summary>Moves the clock until the reply comes: the server may not have started its timer yet when the first step is made.</summary>
    private static async Task<RawReply> ReplyAfterAsync(FakeTimeProvider time, TimeSpan timeout, RawStream stream)
    {
        var reply = stream.ReplyAsync();
        while (!reply.IsCompleted)
        {
            await Task.WhenAny(reply, Task.Delay(20));
            time.Advance(timeout);
        }

        return await reply;
    }
}

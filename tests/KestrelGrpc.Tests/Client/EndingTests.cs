using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using KestrelGrpc.Tests.Wire;

namespace KestrelGrpc.Tests.Client;

/// <summary>How calls end before the server has ended them.</summary>
public class EndingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deadline_EndsTheCallOnBothSides(bool asCancellation)
    {
        await using var server = await HangingServer.StartAsync(new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = asCancellation });
        using var call = server.Call(new CallOptions(deadline: DateTime.UtcNow.AddSeconds(2)));
        await server.Started.WaitAsync(RawConnection.Patience);

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => call.ResponseAsync);

        Assert.IsType(asCancellation ? typeof(OperationCanceledException) : typeof(RpcException), exception);
        Assert.Equal(StatusCode.DeadlineExceeded, call.GetStatus().StatusCode);
        await server.Cancelled.WaitAsync(RawConnection.Patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancellation_EndsTheCallOnBothSides(bool asCancellation)
    {
        await using var server = await HangingServer.StartAsync(new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = asCancellation });
        using var cancellation = new CancellationTokenSource();
        using var call = server.Call(new CallOptions(cancellationToken: cancellation.Token));
        await server.Started.WaitAsync(RawConnection.Patience);

        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => call.ResponseAsync);
        Assert.IsType(asCancellation ? typeof(OperationCanceledException) : typeof(RpcException), exception);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        await server.Cancelled.WaitAsync(RawConnection.Patience);
    }

    [Fact]
    public async Task DisposedCallAndDisposedChannel_AreCancelled()
    {
        await using var one = await HangingServer.StartAsync();
        var call = one.Call();
        await one.Started.WaitAsync(RawConnection.Patience);
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        call.Dispose();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        await one.Cancelled.WaitAsync(RawConnection.Patience);

        await using var other = await HangingServer.StartAsync();
        using var open = other.Call();
        await other.Started.WaitAsync(RawConnection.Patience);
        other.Channel.Dispose();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => open.ResponseAsync)).StatusCode);
        await other.Cancelled.WaitAsync(RawConnection.Patience);
        Assert.Throws<ObjectDisposedException>(() => other.Channel.CreateCallInvoker());
    }

    [Fact]
    public async Task PassedDeadline_NeverReachesTheServer()
    {
        await using var server = await HangingServer.StartAsync();
        using var call = server.Call(new CallOptions(deadline: DateTime.UtcNow.AddSeconds(-1)));

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
        Assert.False(server.Started.IsCompleted);
    }

    [Fact]
    public async Task CancelledRead_EndsTheCall()
    {
        await using var server = await WireServer.StartAsync(methods => methods.AddDuplexStreaming(WireServer.Duplex, async (requests, _, _) =>
        {
            while (await requests.MoveNext(CancellationToken.None))
            {
            }
        }));
        using var channel = server.Host.Connect();
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(WireServer.Duplex, null, default);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(cancellation.Token));

        Assert.Equal(StatusCode.Cancelled, exception.StatusCode);
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new SimpleRequest()))).StatusCode);
    }

    [Fact]
    public async Task WritesAfterTheEnd_AreRefused()
    {
        await using var server = await WireServer.StartAsync(methods => methods.AddClientStreaming(WireServer.ClientStreaming, (_, _) => Task.FromResult(new SimpleResponse())));
        using var channel = server.Host.Connect();
        using var ended = channel.CreateCallInvoker().AsyncClientStreamingCall(WireServer.ClientStreaming, null, default);
        await ended;
        await Assert.ThrowsAsync<InvalidOperationException>(() => ended.RequestStream.WriteAsync(new SimpleRequest()));

        using var completed = channel.CreateCallInvoker().AsyncClientStreamingCall(WireServer.ClientStreaming, null, default);
        await completed.RequestStream.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => completed.RequestStream.WriteAsync(new SimpleRequest()));
    }

    private sealed class HangingServer : IAsyncDisposable
    {
        private readonly TaskCompletionSource _started = new();
        private readonly TaskCompletionSource _cancelled = new();
        private WireServer _server = null!;

        public Task Started => _started.Task;

        public Task Cancelled => _cancelled.Task;

        public GrpcChannel Channel { get; private set; } = null!;

        public static async Task<HangingServer> StartAsync(GrpcChannelOptions? options = null)
        {
            var made = new HangingServer();
            made._server = await WireServer.StartAsync(async (_, context) =>
            {
                await using var registration = context.CancellationToken.Register(made._cancelled.SetResult);
                made._started.SetResult();
                await made.Cancelled;
                return new SimpleResponse();
            });
            made.Channel = made._server.Host.Connect(options);

            // Opens the connection and compiles what a call needs, so that deadlines measure calls.
            await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(made.Channel).EmptyCallAsync(new Empty()).ResponseAsync);
            return made;
        }

        public AsyncUnaryCall<SimpleResponse> Call(CallOptions options = default) =>
            Channel.CreateCallInvoker().AsyncUnaryCall(WireServer.Unary, null, options, new SimpleRequest());

        public async ValueTask DisposeAsync()
        {
            Channel.Dispose();
            await _server.DisposeAsync();
        }
    }
}

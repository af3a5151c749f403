using Grpc.Core;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Interop;

internal static class EndingCases
{
    private const string SpecialMessage = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n";

    private static readonly byte[] TrailerValue = [0xAB, 0xAB, 0xAB];

    public static async Task CancelAfterBeginAsync(InteropTarget target)
    {
        using var cancellation = new CancellationTokenSource();
        using var call = target.Client.StreamingInputCall(cancellationToken: cancellation.Token);

        await cancellation.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync)).StatusCode);
    }

    public static async Task CancelAfterFirstResponseAsync(InteropTarget target)
    {
        using var cancellation = new CancellationTokenSource();
        using var call = target.Client.FullDuplexCall(cancellationToken: cancellation.Token);
        await call.RequestStream.WriteAsync(StreamingCases.Ping(27_182, 31_415));
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(31_415, call.ResponseStream.Current.Payload.Body.Length);

        await cancellation.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
    }

    public static async Task TimeoutOnSleepingServerAsync(InteropTarget target)
    {
        using var call = target.Client.FullDuplexCall(deadline: DateTime.UtcNow.AddMilliseconds(1));

        Assert.Equal(StatusCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext())).StatusCode);
    }

    public static async Task CustomMetadataAsync(InteropTarget target)
    {
        var metadata = new Metadata { { "x-grpc-test-echo-initial", "test_initial_metadata_value" }, { "x-grpc-test-echo-trailing-bin", TrailerValue } };
        using var unary = target.Client.UnaryCallAsync(new SimpleRequest { ResponseSize = 314_159, Payload = InteropTarget.Zeros(271_828) }, metadata);
        Assert.Equal(314_159, (await unary).Payload.Body.Length);
        AssertEchoed(await unary.ResponseHeadersAsync, unary.GetTrailers());

        using var duplex = target.Client.FullDuplexCall(metadata);
        await duplex.RequestStream.WriteAsync(StreamingCases.Ping(271_828, 314_159));
        await duplex.RequestStream.CompleteAsync();
        Assert.True(await duplex.ResponseStream.MoveNext());
        Assert.False(await duplex.ResponseStream.MoveNext());
        AssertEchoed(await duplex.ResponseHeadersAsync, duplex.GetTrailers());
    }

    public static Task StatusCodeAndMessageAsync(InteropTarget target) => AssertStatusAsync(target, "test status message");

    public static Task SpecialStatusMessageAsync(InteropTarget target) => AssertStatusAsync(target, SpecialMessage);

    public static async Task UnimplementedMethodAsync(InteropTarget target) =>
        Assert.Equal(
            StatusCode.Unimplemented,
            (await Assert.ThrowsAsync<RpcException>(() => target.Client.UnimplementedCallAsync(new Empty()).ResponseAsync)).StatusCode);

    public static async Task UnimplementedServiceAsync(InteropTarget target)
    {
        var client = new UnimplementedService.UnimplementedServiceClient(target.Channel);

        var exception = await Assert.ThrowsAsync<RpcException>(() => client.UnimplementedCallAsync(new Empty()).ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, exception.StatusCode);
    }

    private static async Task AssertStatusAsync(InteropTarget target, string message)
    {
        var asked = new EchoStatus { Code = 2, Message = message };
        var unary = await Assert.ThrowsAsync<RpcException>(() => target.Client.UnaryCallAsync(new SimpleRequest { ResponseStatus = asked }).ResponseAsync);
        Assert.Equal((StatusCode.Unknown, message), (unary.StatusCode, unary.Status.Detail));

        using var call = target.Client.FullDuplexCall();
        await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = asked });
        await call.RequestStream.CompleteAsync();
        var duplex = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
        Assert.Equal((StatusCode.Unknown, message), (duplex.StatusCode, duplex.Status.Detail));
    }

    private static void AssertEchoed(Metadata headers, Metadata trailers)
    {
        Assert.Equal("test_initial_metadata_value", headers.GetValue("x-grpc-test-echo-initial"));
        Assert.Equal(TrailerValue, trailers.GetValueBytes("x-grpc-test-echo-trailing-bin"));
    }
}

using Grpc.Core;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Interop;

internal static class StreamingCases
{
    public static readonly int[] RequestSizes = [27_182, 8, 1_828, 45_904];
    public static readonly int[] ResponseSizes = [31_415, 9, 2_653, 58_979];

    public static async Task ClientStreamingAsync(InteropTarget target)
    {
        using var call = target.Client.StreamingInputCall();
        foreach (var size in RequestSizes)
        {
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = InteropTarget.Zeros(size) });
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal(74_922, (await call).AggregatedPayloadSize);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    public static async Task ClientCompressedStreamingAsync(InteropTarget target)
    {
        if (target.ReportsCompression)
        {
            using var probe = target.Client.StreamingInputCall();
            await probe.RequestStream.WriteAsync(Expecting(27_182, compressed: true));
            await probe.RequestStream.CompleteAsync();
            Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => probe.ResponseAsync)).StatusCode);
        }

        using var call = target.Client.StreamingInputCall(InteropTarget.Compressed);
        await call.RequestStream.WriteAsync(Expecting(27_182, compressed: true));
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        await call.RequestStream.WriteAsync(Expecting(45_904, compressed: false));
        await call.RequestStream.CompleteAsync();

        Assert.Equal(73_086, (await call).AggregatedPayloadSize);
    }

    public static async Task ServerStreamingAsync(InteropTarget target)
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(ResponseSizes.Select(size => new ResponseParameters { Size = size }));
        using var call = target.Client.StreamingOutputCall(request);

        var sizes = new List<int>();
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            sizes.Add(response.Payload.Body.Length);
        }

        Assert.Equal(ResponseSizes, sizes);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    public static async Task ServerCompressedStreamingAsync(InteropTarget target)
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.Add(new ResponseParameters { Size = 31_415, Compressed = new BoolValue { Value = true } });
        request.ResponseParameters.Add(new ResponseParameters { Size = 92_653, Compressed = new BoolValue { Value = false } });
        using var call = target.Client.StreamingOutputCall(request);

        foreach (var parameters in request.ResponseParameters)
        {
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(parameters.Size, call.ResponseStream.Current.Payload.Body.Length);
            CompressionProbe.Require(parameters.Compressed);
        }

        Assert.False(await call.ResponseStream.MoveNext());
    }

    public static async Task PingPongAsync(InteropTarget target)
    {
        using var call = target.Client.FullDuplexCall();
        foreach (var (requestSize, responseSize) in RequestSizes.Zip(ResponseSizes))
        {
            await call.RequestStream.WriteAsync(Ping(requestSize, responseSize));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(responseSize, call.ResponseStream.Current.Payload.Body.Length);
        }

        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    public static async Task EmptyStreamAsync(InteropTarget target)
    {
        using var call = target.Client.FullDuplexCall();
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    public static StreamingOutputCallRequest Ping(int requestSize, int responseSize)
    {
        var request = new StreamingOutputCallRequest { Payload = InteropTarget.Zeros(requestSize) };
        request.ResponseParameters.Add(new ResponseParameters { Size = responseSize });
        return request;
    }

    private static StreamingInputCallRequest Expecting(int size, bool compressed) =>
        new() { Payload = InteropTarget.Zeros(size), ExpectCompressed = new BoolValue { Value = compressed } };
}

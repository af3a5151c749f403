using Grpc.Core;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Interop;

internal static class UnaryCases
{
    private const int RequestSize = 271_828;
    private const int ResponseSize = 314_159;

    public static async Task EmptyUnaryAsync(InteropTarget target) => Assert.Equal(new Empty(), await target.Client.EmptyCallAsync(new Empty()));

    public static async Task LargeUnaryAsync(InteropTarget target) => AssertLarge(await target.Client.UnaryCallAsync(Large()));

    public static async Task ConcurrentLargeUnaryAsync(InteropTarget target)
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => target.Client.UnaryCallAsync(Large()).ResponseAsync));

        Assert.All(replies, AssertLarge);
    }

    public static async Task ClientCompressedUnaryAsync(InteropTarget target)
    {
        if (target.ReportsCompression)
        {
            var probe = await Assert.ThrowsAsync<RpcException>(() => target.Client.UnaryCallAsync(Large(expectCompressed: true)).ResponseAsync);
            Assert.Equal(StatusCode.InvalidArgument, probe.StatusCode);
        }

        AssertLarge(await target.Client.UnaryCallAsync(Large(expectCompressed: true), InteropTarget.Compressed));
        AssertLarge(await target.Client.UnaryCallAsync(Large(expectCompressed: false)));
    }

    public static async Task ServerCompressedUnaryAsync(InteropTarget target)
    {
        foreach (var compressed in new[] { true, false })
        {
            var request = Large();
            request.ResponseCompressed = new BoolValue { Value = compressed };

            AssertLarge(await target.Client.UnaryCallAsync(request));

            CompressionProbe.Require(request.ResponseCompressed);
        }
    }

    private static SimpleRequest Large(bool? expectCompressed = null) => new()
    {
        ResponseSize = ResponseSize,
        Payload = InteropTarget.Zeros(RequestSize),
        ExpectCompressed = expectCompressed is null ? null : new BoolValue { Value = expectCompressed.Value },
    };

    private static void AssertLarge(SimpleResponse response) => Assert.Equal(ResponseSize, response.Payload.Body.Length);
}

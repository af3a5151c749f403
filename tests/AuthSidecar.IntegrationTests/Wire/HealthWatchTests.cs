using AuthSidecar.TestSupport;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>Health watches, which need no credential and have no end of their own.</summary>
public sealed class HealthWatchTests(WireSidecar sidecar) : IClassFixture<WireSidecar>
{
    private const int Most = 256;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneTooMany_EndsTheOldestWatchOfItsListener_AndHealthIsServed(bool isCompanion)
    {
        using var flooded = GrpcChannel.ForAddress(isCompanion ? sidecar.Process.Companion : sidecar.Process.Check);
        using var other = GrpcChannel.ForAddress(isCompanion ? sidecar.Process.Check : sidecar.Process.Companion);
        using var untouched = await WatchAsync(other);
        var watches = new List<AsyncServerStreamingCall<HealthCheckResponse>>();
        for (var number = 0; number < Most + 10; number++)
        {
            watches.Add(await WatchAsync(flooded));
        }

        foreach (var watch in watches.Take(10))
        {
            var refusal = await Assert
                .ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(CancellationToken.None))
                .WaitAsync(TimeSpan.FromSeconds(20));
            Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        }

        var open = watches.Skip(10).Append(untouched).Select(watch => watch.ResponseStream.MoveNext(CancellationToken.None)).ToList();
        await Task.Delay(200);
        Assert.All(open, next => Assert.False(next.IsCompleted));
        Assert.Equal(ServingStatus.Serving, (await new Health.HealthClient(flooded).CheckAsync(new())).Status);
        using var http = new HttpClient();
        Assert.Contains(
            $"authsidecar_health_watches{{}} {Most + 1}",
            await http.GetStringAsync(new Uri(sidecar.Process.Console, "/metrics")),
            StringComparison.Ordinal
        );

        watches.ForEach(watch => watch.Dispose());
        untouched.Dispose();
        await Eventually.TrueAsync(
            async () =>
                (await http.GetStringAsync(new Uri(sidecar.Process.Console, "/metrics"))).Contains(
                    "authsidecar_health_watches{} 0",
                    StringComparison.Ordinal
                ),
            "all have ended"
        );
    }

    [Fact]
    public async Task NameThatIsTooLong_IsRefused()
    {
        using var channel = GrpcChannel.ForAddress(sidecar.Process.Companion);
        using var watch = new Health.HealthClient(channel).Watch(new() { Service = new('x', 257) });

        var refusal = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(CancellationToken.None));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
    }

    private static async Task<AsyncServerStreamingCall<HealthCheckResponse>> WatchAsync(GrpcChannel channel)
    {
        var watch = new Health.HealthClient(channel).Watch(new());
        Assert.True(await watch.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(ServingStatus.Serving, watch.ResponseStream.Current.Status);
        return watch;
    }
}

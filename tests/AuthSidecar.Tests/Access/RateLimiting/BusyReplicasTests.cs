using AuthSidecar.TestSupport;
using Xunit.Abstractions;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>
/// Three replicas, 64 callers, and a machine without an idle processor. The bounds hold for any timing; only how near they are reached
/// depends on it.
/// </summary>
public sealed class BusyReplicasTests(ITestOutputHelper output)
{
    private static readonly TimeSpan _time = TimeSpan.FromSeconds(4);

    [RequiresFact("redis")]
    public async Task BusyMachine_IsNoOutage()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replicas = await BusyReplicas.StartAsync(redis.Address, redis.Address, redis.Address);

        await CallAsync(replicas, Task.CompletedTask);

        Assert.InRange(replicas.Most, 1, BusyReplicas.Permits);
    }

    [RequiresFact("redis")]
    public async Task RedisThatPausesAtRandom_CostsAtMostTheShares()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replicas = await BusyReplicas.StartAsync(redis.Address, redis.Address, redis.Address);
        var calls = CallAsync(replicas, Task.CompletedTask);
        var random = new Random(20261130);
        while (!calls.IsCompleted)
        {
            redis.Freeze();
            await Task.Delay(random.Next(40, 400));
            redis.Resume();
            await Task.Delay(random.Next(40, 400));
        }

        await calls;
        Assert.InRange(replicas.Most, 1, replicas.Bound);
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RedisThatIsKilled_AndComesBackEmpty_CostsAtMostTheShares(bool isKilledTwice)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replicas = await BusyReplicas.StartAsync(redis.Address, redis.Address, redis.Address);

        await CallAsync(replicas, KillAsync());

        Assert.InRange(replicas.Most, 1, replicas.Bound);
        Assert.True(replicas.WithoutRedis > 0);

        async Task KillAsync()
        {
            for (var kill = 0; kill < (isKilledTwice ? 2 : 1); kill++)
            {
                await Task.Delay(_time / 5);
                await redis.KillAsync();
                await Task.Delay(_time / 20);
                await redis.RestartAsync();
            }
        }
    }

    [RequiresFact("redis")]
    public async Task RedisThatIsSlow_CostsAtMostTheShares()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var slow = new TcpRelay(redis.Port, TimeSpan.FromMilliseconds(150));
        await using var replicas = await BusyReplicas.StartAsync(redis.Address, slow.Address, slow.Address);

        await CallAsync(replicas, Task.CompletedTask);

        Assert.InRange(replicas.Most, 1, replicas.Bound);
    }

    [RequiresFact("redis")]
    public async Task ReplicaThatIsCutOff_CostsAtMostItsShare()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var link = new TcpRelay(redis.Port);
        await using var replicas = await BusyReplicas.StartAsync(redis.Address, redis.Address, link.Address);

        await CallAsync(replicas, CutAsync());

        Assert.InRange(replicas.Most, 1, replicas.Bound);
        Assert.True(replicas.WithoutRedis > 0);

        async Task CutAsync()
        {
            await Task.Delay(_time / 4);
            link.IsCut = true;
            await Task.Delay(_time / 2);
            link.IsCut = false;
        }
    }

    private async Task CallAsync(BusyReplicas replicas, Task disturbance)
    {
        using (new BusyMachine())
        {
            await Task.WhenAll(replicas.CallAsync(_time), disturbance);
        }

        output.WriteLine(
            $"{replicas.Most} in a window, at most {replicas.Bound}; passed: {replicas.Passed}, without Redis: {replicas.WithoutRedis}"
        );
    }
}

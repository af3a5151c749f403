using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>A primary with one replica behind a real Sentinel; the connection string names only the Sentinel.</summary>
public sealed class RedisSentinelTests
{
    [RequiresFact("redis")]
    public async Task PrimaryThatIsKilled_IsReplaced_AndComesBackAsAReplica()
    {
        await using var sentinel = await RedisSentinel.StartAsync();
        await using var one = await RedisReplica.StartAsync(RedisAddress.Parse(new(sentinel.Address))!);
        await using var two = await RedisReplica.StartAsync(RedisAddress.Parse(new(sentinel.Address))!);
        await RedisReplica.UntilSharedAsync(one, two);
        var primary = await sentinel.PrimaryAsync();

        await primary.KillAsync();
        await RedisReplica.UntilSharedAsync(one, two);

        await sentinel.UntilReplacedAsync(primary);
        await primary.RestartAsync();
        await RedisReplica.UntilSharedAsync(one, two);
    }

    [RequiresFact("redis")]
    public async Task PrimaryThatIsDemoted_IsReplaced()
    {
        await using var sentinel = await RedisSentinel.StartAsync();
        await using var one = await RedisReplica.StartAsync(RedisAddress.Parse(new(sentinel.Address))!);
        await using var two = await RedisReplica.StartAsync(RedisAddress.Parse(new(sentinel.Address))!);
        await RedisReplica.UntilSharedAsync(one, two);

        await sentinel.FailOverAsync();

        await RedisReplica.UntilSharedAsync(one, two);
    }

    [RequiresFact("redis")]
    public async Task SentinelThatComesLater_IsFound()
    {
        await using var sentinel = await RedisSentinel.StartAsync();
        sentinel.Freeze();
        await using var one = await RedisReplica.StartAsync(RedisAddress.Parse(new(sentinel.Address))!);
        await using var two = await RedisReplica.StartAsync(RedisAddress.Parse(new(sentinel.Address))!);

        sentinel.Resume();

        await RedisReplica.UntilSharedAsync(one, two);
    }
}

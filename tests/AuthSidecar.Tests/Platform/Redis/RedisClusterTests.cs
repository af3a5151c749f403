using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>A real cluster; the connection string names one of its nodes.</summary>
public sealed class RedisClusterTests : IAsyncLifetime
{
    private RedisCluster _cluster = null!;
    private RedisReplica _one = null!;
    private RedisReplica _two = null!;

    public async Task InitializeAsync()
    {
        if (Requires.SkipReason("redis") is null)
        {
            _cluster = await RedisCluster.StartAsync();
            _one = await RedisReplica.StartAsync(RedisAddress.Parse(new(_cluster.Address))!);
            _two = await RedisReplica.StartAsync(RedisAddress.Parse(new(_cluster.Address))!);
        }
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _one.DisposeAsync();
            await _two.DisposeAsync();
            await _cluster.DisposeAsync();
        }
    }

    [RequiresTheory("redis")]
    [InlineData("authsidecar:{limits}:")]
    [InlineData("authsidecar:{budgets}:")]
    [InlineData("authsidecar:{sockets}:")]
    [InlineData("authsidecar:changes")]
    public async Task NodeThatIsKilled_IsReplaced_AndComesBack(string key)
    {
        await RedisReplica.UntilSharedAsync(_one, _two);
        var node = await _cluster.OwnerOfAsync(key);

        await node.KillAsync();
        await RedisReplica.UntilSharedAsync(_one, _two);

        await node.RestartAsync();
        await RedisReplica.UntilSharedAsync(_one, _two);
    }

    [RequiresTheory("redis")]
    [InlineData("authsidecar:{limits}:")]
    [InlineData("authsidecar:changes")]
    public async Task NodeThatIsDemoted_IsReplaced(string key)
    {
        await RedisReplica.UntilSharedAsync(_one, _two);

        await _cluster.DemoteAsync(await _cluster.OwnerOfAsync(key));

        await RedisReplica.UntilSharedAsync(_one, _two);
    }

    [RequiresFact("redis")]
    public async Task NodeOfTheLimits_ThatHangs_CountsAsGone()
    {
        await RedisReplica.UntilSharedAsync(_one, _two);
        var node = await _cluster.OwnerOfAsync("authsidecar:{limits}:");
        node.Freeze();

        for (var late = 0; late < 3; late++)
        {
            Assert.True(_one.Breaker.IsAvailable);
            Assert.Equal(LimitVerdict.Unavailable, (await _one.CountAsync("hangs")).Verdict);
        }

        Assert.False(_one.Breaker.IsAvailable);

        node.Resume();
        await RedisReplica.UntilSharedAsync(_one, _two);
    }
}

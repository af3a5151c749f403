using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>Heartbeats on a real Redis.</summary>
public sealed class ReplicaRegistryTests : IAsyncLifetime
{
    private static readonly TimeSpan _window = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger<ReplicaRegistry> _log = new();
    private readonly List<RedisConnection> _connections = [];
    private RedisServer? _redis;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [RequiresFact("redis")]
    public async Task Replicas_LearnOfEachOther_AndOfOnesThatLeftOrCrashed()
    {
        var (one, two, three) = (await OpenAsync(), await OpenAsync(), await OpenAsync());
        Assert.Equal(1, one.Count);
        await AnnounceAsync(one, two, three, one, two);
        Assert.Equal((3, 3, 3), (one.Count, two.Count, three.Count));

        await three.LeaveAsync();
        await AnnounceAsync(one);
        Assert.Equal(2, one.Count);

        // The second crashed.
        _time.Advance(ReplicaRegistry.Life - TimeSpan.FromMicroseconds(1));
        await AnnounceAsync(one);
        Assert.Equal(2, one.Count);
        _time.Advance(TimeSpan.FromMicroseconds(1));
        await AnnounceAsync(one);
        Assert.Equal(1, one.Count);
        Assert.False(one.MayLack(_window));
    }

    [RequiresFact("redis")]
    public async Task RedisThatLostItsData_MayLackOneWindow_AndTheReplicasStayKnown()
    {
        var (one, two) = (await OpenAsync(), await OpenAsync());
        await AnnounceAsync(one, two, one);
        await _redis!.AskAsync("FLUSHALL");

        await AnnounceAsync(one);

        // The second has not announced itself again.
        Assert.Equal(2, one.Count);
        Assert.True(one.MayLack(_window));
        Assert.Contains("Redis lost its data", Assert.Single(_log.Entries).Message, StringComparison.Ordinal);
        _time.Advance(_window - TimeSpan.FromMilliseconds(1));
        Assert.True(one.MayLack(_window));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(one.MayLack(_window));
        await AnnounceAsync(one);
        Assert.Equal(1, one.Count);
    }

    [RequiresFact("redis")]
    public async Task LostConnection_IsDoubted_UntilRedisHasAnswered()
    {
        var one = await OpenAsync();
        await AnnounceAsync(one);
        Assert.False(one.MayLack(_window));

        await _redis!.AskAsync("CLIENT KILL TYPE normal SKIPME yes");
        await EventuallyAsync(() => Task.FromResult(one.MayLack(_window)));

        await EventuallyAsync(async () =>
        {
            try
            {
                await one.AnnounceAsync();
                return true;
            }
            catch (StackExchange.Redis.RedisException)
            {
                return false;
            }
        });
        Assert.False(one.MayLack(_window));
        Assert.Empty(_log.Entries);
    }

    [RequiresTheory("redis")]
    [InlineData("SET authsidecar:{limits}:replicas x")]
    [InlineData("LPUSH authsidecar:{limits}:epoch x")]
    [InlineData("ZADD authsidecar:{limits}:replicas 9e18 x")]
    public async Task ForeignValue_IsReplaced(string command)
    {
        var one = await OpenAsync();
        await AnnounceAsync(one);
        if (command[0] != 'Z')
        {
            await _redis!.AskAsync($"DEL {command.Split(' ')[1]}");
        }

        await _redis!.AskAsync(command);
        await AnnounceAsync(one);
        _time.Advance(ReplicaRegistry.Life);
        await AnnounceAsync(one);

        Assert.Equal(1, one.Count);
    }

    [Theory]
    [InlineData(50, 1, 50)]
    [InlineData(50, 3, 17)]
    [InlineData(1, 3, 1)]
    [InlineData(0, 3, 0)]
    [InlineData(-5, 3, -5)]
    [InlineData(long.MaxValue, 1, long.MaxValue)]
    public void Share_IsRoundedUp(long whole, int replicas, long share) => Assert.Equal(share, ReplicaRegistry.Share(whole, replicas));

    private static async Task AnnounceAsync(params ReplicaRegistry[] replicas)
    {
        foreach (var replica in replicas)
        {
            await replica.AnnounceAsync();
        }
    }

    private static async Task EventuallyAsync(Func<Task<bool>> isSo)
    {
        for (var left = 1000; !await isSo(); left--)
        {
            Assert.True(left > 0, "It does not happen.");
            await Task.Delay(20);
        }
    }

    private async Task<ReplicaRegistry> OpenAsync()
    {
        _redis ??= await RedisServer.StartAsync();
        var connection = await SharedRedis.OpenAnsweredAsync(_redis.Address);
        _connections.Add(connection);
        return new(connection, _time, _log, () => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
    }
}

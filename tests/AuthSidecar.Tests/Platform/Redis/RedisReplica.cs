using System.Diagnostics;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.WebSockets.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>
/// The Redis calls of one replica: it counts requests, reserves budgets, leases sockets, and sends and receives changes.
/// </summary>
internal sealed class RedisReplica : IAsyncDisposable, ICacheInvalidationHandler
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = new();
    private readonly TestMeters _meters = new();
    private readonly RedisConnection _connection;
    private readonly LimiterFixture _limiter;
    private readonly BudgetScript _budgets;
    private readonly LeaseScript _leases;
    private readonly SqliteStore _store;
    private readonly InvalidationPoller _watcher;
    private readonly InvalidationSubscriber _subscription;
    private volatile int _heard;

    private RedisReplica(RedisConnection connection)
    {
        _connection = connection;
        _limiter = LimiterFixture.On(connection);
        _budgets = new(connection);
        _leases = new(connection);
        _store = SqliteStore.For(new(), _directory.Path, TimeProvider.System);
        var metrics = new InvalidationMetrics(_meters, TimeProvider.System);
        _watcher = new(_store, [this], new(), metrics, TimeProvider.System, NullLogger<InvalidationPoller>.Instance);
        _subscription = new(connection, _watcher, Seal(), metrics, TimeProvider.System, NullLogger<InvalidationSubscriber>.Instance);
    }

    public RedisCircuitBreaker Breaker => _limiter.Breaker!;

    public bool IsSubscribed => _watcher.Subscription.IsUnbroken;

    public static async Task<RedisReplica> StartAsync(ConfigurationOptions options)
    {
        var replica = new RedisReplica(new(options, NullLogger<RedisConnection>.Instance));
        await replica._connection.StartAsync(CancellationToken.None);
        await replica._subscription.StartAsync(CancellationToken.None);
        return replica;
    }

    /// <summary>Waits until all calls succeed between two replicas, in both directions.</summary>
    public static async Task UntilSharedAsync(RedisReplica one, RedisReplica two)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await CheckSharedAsync(one, two);
                await CheckSharedAsync(two, one);
                return;
            }
            catch (Exception) when (clock.Elapsed < _patience)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>Counts one request against a key, a user and a tenant.</summary>
    public async Task<LimitAnswer> CountAsync(string owner) =>
        await _limiter.Limiter.CountAsync(
            [
                .. new[] { BucketKind.Key, BucketKind.User, BucketKind.Tenant }.Select(kind => new Bucket(
                    new(kind, "", owner),
                    10,
                    TimeSpan.FromMinutes(10)
                )),
            ],
            RedisDownAnswer.Deny
        );

    public void Invalidate(InvalidationSet invalidations) =>
        _heard = Enumerable.Range(1, 10_000).FirstOrDefault(number => invalidations.TouchesApp($"{number}"), _heard);

    public async ValueTask DisposeAsync()
    {
        await _subscription.StopAsync(CancellationToken.None);
        _subscription.Dispose();
        _watcher.Dispose();
        await _limiter.DisposeAsync();
        await _connection.DisposeAsync();
        await _store.DisposeAsync();
        _meters.Dispose();
        _directory.Dispose();
    }

    private static MessageSeal Seal() => new(new([new("a pepper that all replicas share")]));

    private static async Task CheckSharedAsync(RedisReplica one, RedisReplica two)
    {
        var owner = Guid.NewGuid().ToString();
        Assert.Equal(
            (LimitVerdict.Counted, 9),
            ((await one.CountAsync(owner)) is var first ? (first.Verdict, first.State.Remaining) : default)
        );
        Assert.Equal(
            (LimitVerdict.Counted, 8),
            ((await two.CountAsync(owner)) is var second ? (second.Verdict, second.State.Remaining) : default)
        );

        var account = new AccountName(BudgetScope.User, owner, 1);
        var (id, _) = await one._budgets.LearnAsync(account, 5, await one._budgets.DrawTicketAsync(), [], []);
        var reserved = await two._budgets.ReserveAsync(owner, 3, [(account, id, 100)]);
        Assert.Equal((ReserveVerdict.Reserved, 5), (reserved!.Verdict, reserved.Spent[0]));

        await one._leases.AppearAsync(isResent: true);
        Assert.Equal(LeaseVerdict.Taken, await one._leases.TakeAsync(new($"{owner}-1", owner), new(1, 0)));
        await two._leases.AppearAsync(isResent: true);
        Assert.Equal(LeaseVerdict.UserIsFull, await two._leases.TakeAsync(new($"{owner}-2", owner), new(1, 0)));

        Assert.True(one.IsSubscribed && two.IsSubscribed);
        var number = Random.Shared.Next(1, 10_000);
        await new InvalidationPublisher(
            one._connection,
            Seal(),
            TimeProvider.System,
            NullLogger<InvalidationPublisher>.Instance
        ).AnnounceAsync([
            new CacheInvalidation
            {
                Sequence = 1,
                AppId = $"{number}",
                At = DateTimeOffset.UtcNow,
            },
        ]);
        var clock = Stopwatch.StartNew();
        while (one._heard != number || two._heard != number)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2), "A change was not heard of.");
            await Task.Delay(10);
        }
    }
}

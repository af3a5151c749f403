using System.Text;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Replicas;

/// <summary>Two processes with one store and one Redis; the subscriber polls the table only when the test advances its clock.</summary>
[Collection(nameof(ReplicaServers))]
public sealed class InvalidationBusTests : IAsyncLifetime, IDisposable
{
    private const string Pepper = "a pepper that all replicas share";

    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly ShiftedTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly Follower _follower = new();
    private readonly Scrape _metrics;
    private RedisServer _redis = null!;
    private RedisConnection _theirs = null!;
    private RedisConnection _ours = null!;
    private Store _other = null!;
    private Store _store = null!;
    private InvalidationPoller _watcher = null!;
    private InvalidationSubscriber _subscription = null!;

    public InvalidationBusTests() => _metrics = new(_meters);

    public async Task InitializeAsync()
    {
        if (Requires.SkipReason("redis") is not null)
        {
            return;
        }

        _redis = await RedisServer.StartAsync();
        _other = SqliteStore.For(new(), _directory, TimeProvider.System);
        await _other.PrepareAsync(CancellationToken.None);
        _theirs = await ConnectAsync();
        _other.AnnounceOver(new InvalidationPublisher(_theirs, Seal(), TimeProvider.System, NullLogger<InvalidationPublisher>.Instance));

        var metrics = new InvalidationMetrics(_meters, _time);
        _store = SqliteStore.For(new(), _directory, TimeProvider.System);
        _watcher = new(
            _store,
            [_follower],
            new() { MaxStaleness = TimeSpan.FromMinutes(10) },
            metrics,
            _time,
            NullLogger<InvalidationPoller>.Instance
        );
        _ours = await ConnectAsync();
        _subscription = new(_ours, _watcher, Seal("a new pepper", Pepper), metrics, _time, NullLogger<InvalidationSubscriber>.Instance);
        await _subscription.StartAsync(CancellationToken.None);
        await HearAsync();
        Assert.True(await _watcher.PollAsync(CancellationToken.None));
    }

    public async Task DisposeAsync()
    {
        if (_subscription is not null)
        {
            await _subscription.StopAsync(CancellationToken.None);
            await _ours.DisposeAsync();
            await _theirs.DisposeAsync();
            await _store.DisposeAsync();
            await _other.DisposeAsync();
            await _redis.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    public void Dispose()
    {
        _subscription?.Dispose();
        _watcher?.Dispose();
        _metrics.Dispose();
        _meters.Dispose();
    }

    [RequiresFact("redis")]
    public async Task Change_IsDroppedByTheMessageAlone_AndMeasuredOnce()
    {
        await ChangeAsync("k1");

        await Eventually.TrueAsync(() => Task.FromResult(_follower.Apps.Contains("k1")), "the invalidation arrives");
        await _watcher.PollAsync(CancellationToken.None);
        Assert.Equal(1, Sample("authsidecar_revocation_lag_seconds_count"));
        Assert.Equal(1, Sample("""authsidecar_revocation_messages_total{result="applied"}"""));
        Assert.Equal(1, Sample("authsidecar_revocation_bus_up"));
    }

    [RequiresFact("redis")]
    public async Task ConcurrentChanges_AllArrive()
    {
        const int Many = (2 * InvalidationMessage.Most) + 1;
        await using (var context = _other.Open())
        {
            context.Invalidations.AddRange(
                Enumerable.Range(0, Many).Select(number => CacheInvalidation.OfApp($"a{number}", DateTimeOffset.UtcNow))
            );
            await context.SaveChangesAsync();
        }

        await Eventually.TrueAsync(() => Task.FromResult(_follower.Apps.Count == Many), "all invalidations arrive");
        await Eventually.TrueAsync(
            () => Task.FromResult(Sample("authsidecar_revocation_lag_seconds_count") >= Many),
            "all lags are measured"
        );
        Assert.Equal(Many, Sample("authsidecar_revocation_lag_seconds_count"));
    }

    [RequiresFact("redis")]
    public async Task Nonsense_IsIgnoredAndCounted()
    {
        await PublishAsync(Encoding.UTF8.GetString(Seal().Seal("{\"v\":2}"u8)));
        await PublishAsync(Encoding.UTF8.GetString(Seal().Seal("""{"v":1,"changes":[{"n":1,"at":1,"all":7}]}"""u8)));

        await Eventually.TrueAsync(
            () => Task.FromResult(Sample("""authsidecar_revocation_messages_total{result="ignored"}""") == 2),
            "both are counted"
        );
        Assert.Equal(0, _follower.Everything);
    }

    [RequiresTheory("redis")]
    [InlineData("unsigned", """{"v":1,"changes":[{"n":9,"at":1,"all":true}]}""")]
    [InlineData("unsigned", """{"v":1,"changes":[{"n":9,"at":1,"app":"k1"}]}""")]
    [InlineData("unsigned", "{}")]
    [InlineData("unsigned", "nonsense")]
    [InlineData("forged", """{"v":1,"changes":[{"n":9,"at":1,"all":true}],"mac":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""")]
    [InlineData("forged", null)]
    public async Task ForeignMessage_IsIgnoredAndCounted_AndOthersArrive(string result, string? message)
    {
        await PublishAsync(
            message ?? Encoding.UTF8.GetString(Seal("a foreign pepper").Seal("""{"v":1,"changes":[{"n":9,"at":1,"all":true}]}"""u8))
        );
        await ChangeAsync("arrived");

        await Eventually.TrueAsync(() => Task.FromResult(_follower.Apps.Contains("arrived")), "the invalidation arrives");
        Assert.Equal(1, Sample($$"""authsidecar_revocation_messages_total{result="{{result}}"}"""));
        Assert.Equal(1, Sample("""authsidecar_revocation_messages_total{result="applied"}"""));
        Assert.Equal(0, _follower.Everything);
        Assert.DoesNotContain("k1", _follower.Apps);
    }

    [RequiresFact("redis")]
    public async Task WhileRedisIsDown_SavesSucceed_PollingCompensates_AndMessagesResume()
    {
        await _redis.KillAsync();
        await ChangeAsync("missed").WaitAsync(TimeSpan.FromSeconds(20));
        Assert.DoesNotContain("missed", _follower.Apps);
        await _watcher.PollAsync(CancellationToken.None);
        Assert.Contains("missed", _follower.Apps);

        await _redis.RestartAsync();
        await HearAsync();
        await Eventually.TrueAsync(() => Task.FromResult(_theirs.IsConnected), "the writer is connected again");
        await ChangeAsync("arrived");
        await Eventually.TrueAsync(() => Task.FromResult(_follower.Apps.Contains("arrived")), "messages arrive again");
    }

    [RequiresFact("redis")]
    public async Task FrozenRedis_DelaysNoRequest()
    {
        _redis.Freeze();
        try
        {
            await ChangeAsync("k").WaitAsync(TimeSpan.FromSeconds(20));
        }
        finally
        {
            _redis.Resume();
        }

        await _watcher.PollAsync(CancellationToken.None);
        Assert.Contains("k", _follower.Apps);
    }

    [RequiresFact("redis")]
    public async Task HitsCount_WhileEitherSourceAnswers()
    {
        Assert.True(IsFresh());

        // The last poll is old, but the subscription was never interrupted.
        _time.Advance(TimeSpan.FromMinutes(11));
        await Eventually.TrueAsync(() => Task.FromResult(IsFresh()), "Redis answers");

        // Then Redis stops too.
        await _redis.KillAsync();
        await Eventually.TrueAsync(() => Task.FromResult(!_watcher.Subscription.IsUnbroken), "the break is detected");
        Assert.False(IsFresh());

        // Redis is back, but messages in between were missed: only a poll of the table restores completeness.
        await _redis.RestartAsync();
        await HearAsync();
        Assert.False(IsFresh());
        Assert.True(await _watcher.PollAsync(CancellationToken.None));
        Assert.True(IsFresh());
        _time.Advance(TimeSpan.FromMinutes(11));
        await Eventually.TrueAsync(() => Task.FromResult(IsFresh()), "Redis answers again");
    }

    [RequiresFact("redis")]
    public async Task SilentRedis_CountsUntilItsLastAnswerIsTooOld()
    {
        _redis.Freeze();
        _time.Advance(TimeSpan.FromMinutes(11));
        var isFresh = IsFresh();
        _redis.Resume();

        Assert.False(isFresh);
    }

    [RequiresTheory("redis")]
    [InlineData("ACL SETUSER default resetchannels")]
    [InlineData("ACL SETUSER default -publish")]
    [InlineData("ACL SETUSER default -subscribe")]
    public async Task UserWhoseMessagesDoNotArrive_IsNoSource(string command)
    {
        Assert.Equal(1, Sample("authsidecar_revocation_bus_up"));
        Assert.Equal("+OK", await _redis.AskAsync(command));

        await Eventually.TrueAsync(() => Task.FromResult(Sample("authsidecar_revocation_bus_up") == 0), "the bus is down");
        await _watcher.PollAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.False(IsFresh());
        await Task.Delay(TimeSpan.FromSeconds(2));
        Assert.False(IsFresh());
        Assert.Equal(0, Sample("authsidecar_revocation_bus_up"));

        Assert.Equal("+OK", await _redis.AskAsync("ACL SETUSER default allchannels +@all"));
        await Eventually.TrueAsync(() => Task.FromResult(Sample("authsidecar_revocation_bus_up") == 1), "the bus is up again");
        await ChangeAsync("arrived");
        await Eventually.TrueAsync(() => Task.FromResult(_follower.Apps.Contains("arrived")), "messages arrive again");
    }

    [RequiresTheory("redis")]
    [InlineData("resetchannels")]
    [InlineData("resetchannels &authsidecar:{*")]
    public async Task UserWithoutTheChannelAtTheStart_IsNoSourceUntilItHasIt(string channels)
    {
        Assert.Equal("+OK", await _redis.AskAsync($"ACL SETUSER default {channels}"));
        using var meters = new TestMeters();
        var metrics = new InvalidationMetrics(meters, _time);
        using var watcher = new InvalidationPoller(_store, [], new(), metrics, _time, NullLogger<InvalidationPoller>.Instance);
        await using var redis = await ConnectAsync();
        using var subscriber = new InvalidationSubscriber(
            redis,
            watcher,
            Seal(),
            metrics,
            _time,
            NullLogger<InvalidationSubscriber>.Instance
        );
        await subscriber.StartAsync(CancellationToken.None);

        for (var seen = 0; seen < 30; seen++)
        {
            Assert.False(watcher.Subscription.IsUnbroken);
            await Task.Delay(100);
        }

        Assert.Equal("+OK", await _redis.AskAsync("ACL SETUSER default allchannels"));
        await Eventually.TrueAsync(() => Task.FromResult(watcher.Subscription.IsUnbroken), "messages arrive");
        await subscriber.StopAsync(CancellationToken.None);
    }

    [RequiresFact("redis")]
    public async Task ProbesOfOtherReplicas_ProveNothing_AndAreNotCounted()
    {
        await PublishAsync(Encoding.UTF8.GetString(Seal().Seal(InvalidationMessage.WriteProbe("0123456789abcdef"))));
        await ChangeAsync("arrived");

        await Eventually.TrueAsync(() => Task.FromResult(_follower.Apps.Contains("arrived")), "the invalidation arrives");
        Assert.Equal(
            ["""authsidecar_revocation_messages_total{result="applied"}"""],
            _metrics.Read().Samples.Keys.Where(name => name.StartsWith("authsidecar_revocation_messages_total", StringComparison.Ordinal))
        );
    }

    private async Task<RedisConnection> ConnectAsync()
    {
        var connection = new RedisConnection(RedisAddress.Parse(new(_redis.Address))!, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(CancellationToken.None);
        return connection;
    }

    private static MessageSeal Seal(params string[] peppers) =>
        new(new([.. (peppers is [] ? [Pepper] : peppers).Select(pepper => new Secret(pepper))]));

    private async Task PublishAsync(string message) =>
        await _theirs.Client.GetSubscriber().PublishAsync(InvalidationPublisher.Channel, message);

    private Task<TimeSpan> HearAsync() =>
        Eventually.TrueAsync(() => Task.FromResult(_watcher.Subscription.IsUnbroken), "the subscription is confirmed");

    private bool IsFresh() => _watcher.IsFresh(_time.GetTimestamp());

    private double Sample(string name) => _metrics.Read().Samples.GetValueOrDefault(name);

    private async Task ChangeAsync(string app)
    {
        await using var context = _other.Open();
        context.Invalidations.Add(CacheInvalidation.OfApp(app, DateTimeOffset.UtcNow));
        await context.SaveChangesAsync();
    }

    private sealed class Follower : ICacheInvalidationHandler
    {
        private readonly HashSet<string> _apps = [];
        private int _everything = -1;

        /// <summary>Times after the first poll of the table.</summary>
        public int Everything => Volatile.Read(ref _everything);

        public IReadOnlyCollection<string> Apps
        {
            get
            {
                lock (_apps)
                {
                    return [.. _apps];
                }
            }
        }

        public void Invalidate(InvalidationSet invalidations)
        {
            if (invalidations.IsEverything)
            {
                Interlocked.Increment(ref _everything);
                return;
            }

            lock (_apps)
            {
                _apps.UnionWith(
                    Enumerable
                        .Range(0, 600)
                        .Select(number => $"a{number}")
                        .Concat(["k", "k1", "missed", "arrived"])
                        .Where(invalidations.TouchesApp)
                );
            }
        }
    }
}

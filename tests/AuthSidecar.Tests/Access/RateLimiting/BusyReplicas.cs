using System.Collections.Concurrent;
using System.Diagnostics;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>Three replicas with the shipped timeouts and heartbeats, each with a connection to one Redis.</summary>
internal sealed class BusyReplicas : IAsyncDisposable
{
    public const int Permits = 50;

    private const int Callers = 64;
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly Bucket[] _bucket = [new(new(BucketKind.Key, "", "k"), Permits, _window)];

    private readonly List<Replica> _replicas = [];
    private readonly ConcurrentBag<(long Before, long After)> _passed = [];

    /// <summary>Requests that were allowed.</summary>
    public int Passed => _passed.Count;

    /// <summary>Requests that were decided without Redis.</summary>
    public long WithoutRedis => _replicas.Sum(replica => replica.WithoutRedis);

    /// <summary>
    /// What Redis allows in any window, and the share of each replica that decided anything without it. Such a replica allows a request
    /// only while all that it allowed in the window, including that request, is at most its share.
    /// </summary>
    public int Bound =>
        Permits + (_replicas.Count(replica => replica.WithoutRedis > 0) * (int)ReplicaRegistry.Share(Permits, _replicas.Count));

    /// <summary>The most requests that were provably allowed in one window.</summary>
    public int Most => WindowCheck.Most(_passed, (long)(_window.TotalSeconds * Stopwatch.Frequency));

    public static async Task<BusyReplicas> StartAsync(params string[] addresses)
    {
        var all = new BusyReplicas();
        foreach (var address in addresses)
        {
            all._replicas.Add(await Replica.StartAsync(address));
        }

        // Only then does each replica know its share.
        var clock = Stopwatch.StartNew();
        while (all._replicas.Any(replica => replica.Limiter.Registry!.Count != addresses.Length))
        {
            Assert.True(clock.Elapsed < _patience, "The replicas do not learn of each other.");
            await Task.Delay(20);
        }

        return all;
    }

    /// <summary>64 callers ask each replica in turn.</summary>
    public async Task CallAsync(TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(caller =>
                    Task.Run(async () =>
                    {
                        for (var call = caller; clock.Elapsed < time; call++)
                        {
                            var limiter = _replicas[call % _replicas.Count].Limiter.Limiter;
                            var before = Stopwatch.GetTimestamp();
                            if ((await limiter.CountAsync(_bucket, RedisDownAnswer.FallbackLocal)).Verdict == LimitVerdict.Counted)
                            {
                                _passed.Add((before, Stopwatch.GetTimestamp()));
                            }

                            await Task.Delay(call % 7);
                        }
                    })
                )
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }
    }

    private sealed class Replica(RedisConnection connection, TestMetrics metrics) : IAsyncDisposable
    {
        private ReplicaHeartbeat? _heartbeat;

        public LimiterFixture Limiter { get; } = LimiterFixture.AsShipped(connection, metrics);

        public long WithoutRedis => metrics.Counts.GetValueOrDefault("authsidecar_limiter_fallback_total{answer=fallback_local}");

        public static async Task<Replica> StartAsync(string address)
        {
            var replica = new Replica(await SharedRedis.OpenAnsweredAsync(address), new());
            replica._heartbeat = new(
                replica.Limiter.Registry!,
                replica.Limiter.Breaker!,
                TimeProvider.System,
                NullLogger<ReplicaHeartbeat>.Instance
            );
            await replica._heartbeat.StartAsync(CancellationToken.None);
            return replica;
        }

        public async ValueTask DisposeAsync()
        {
            await _heartbeat!.StopAsync(CancellationToken.None);
            _heartbeat.Dispose();
            await Limiter.DisposeAsync();
            await connection.DisposeAsync();
            metrics.Dispose();
        }
    }
}

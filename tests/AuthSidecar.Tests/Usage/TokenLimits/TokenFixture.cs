using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.Usage.TokenLimits;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Usage.TokenLimits;

/// <summary>Windows of tokens in one replica, alone or over Redis.</summary>
internal sealed class TokenFixture : IAsyncDisposable
{
    private readonly TestMetrics _metrics = new();

    /// <param name="clock">The clock of this replica and of Redis.</param>
    /// <param name="redis">Null: a single replica.</param>
    public TokenFixture(TimeProvider clock, RedisConnection? redis)
    {
        Own = new(clock);
        Windows = Own;
        if (redis is not null)
        {
            Script = new(redis, () => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            Breaker = new([Script.ProbeAsync], TimeProvider.System, new RecordingLogger<RedisCircuitBreaker>(), TimeSpan.FromSeconds(1));
            Registry = new(redis, clock, NullLogger<ReplicaRegistry>.Instance);
            Windows = new SharedTokenWindows(Own, Script, Breaker, Registry, new(_metrics.Meter, Own));
        }
    }

    public ITokenWindows Windows { get; }

    public MemoryTokenWindows Own { get; }

    public TokenScript? Script { get; }

    public RedisCircuitBreaker? Breaker { get; }

    public ReplicaRegistry? Registry { get; }

    public static TokenBucket Bucket(string owner, long tokens, double seconds = 60, BucketKind kind = BucketKind.Key) =>
        new(new(kind, "", owner), tokens, TimeSpan.FromSeconds(seconds));

    public async Task<TokenAnswer> ReserveAsync(string id, long tokens, params TokenBucket[] buckets) =>
        await Windows.ReserveAsync(id, tokens, buckets, RedisDownAnswer.FallbackLocal);

    /// <summary>Waits until Redis has done what it was told before.</summary>
    public async Task SettleAsync(string id, long tokens)
    {
        Windows.Settle([(id, tokens)]);
        await (Script?.ProbeAsync() ?? Task.CompletedTask);
    }

    public async Task ReleaseAsync(string id)
    {
        Windows.Release(id);
        await (Script?.ProbeAsync() ?? Task.CompletedTask);
    }

    public async ValueTask DisposeAsync()
    {
        Own.Dispose();
        if (Breaker is not null)
        {
            await Breaker.DisposeAsync();
        }

        _metrics.Dispose();
    }
}

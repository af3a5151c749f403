using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using StackExchange.Redis;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>
/// Publishes committed invalidations to the other replicas, best effort: a replica that misses one reads it from the table.
/// </summary>
internal sealed partial class InvalidationPublisher(
    RedisConnection redis,
    MessageSeal seal,
    TimeProvider time,
    ILogger<InvalidationPublisher> logger
)
{
    private static readonly TimeSpan _timeout = TimeSpan.FromMilliseconds(500);

    /// <summary>Routed by its name, so that publishers and subscribers use the same node of a cluster.</summary>
    public static RedisChannel Channel { get; } = RedisChannel.Literal("authsidecar:changes").WithKeyRouting();

    /// <summary>Never throws; returns within 500 ms in any state of Redis.</summary>
    public async Task AnnounceAsync(IReadOnlyList<CacheInvalidation> invalidations)
    {
        try
        {
            if (redis.IsConnected)
            {
                await SendAsync(invalidations).WaitAsync(_timeout, time);
                return;
            }

            LogUnpublished(redis.Health.Problem ?? RedisProblem.NoConnection);
        }
        catch (Exception fault)
        {
            // Not the exception itself: its text may hold the connection string.
            LogUnpublished(redis.Health.Fail(fault));
        }
    }

    private async Task SendAsync(IReadOnlyList<CacheInvalidation> invalidations)
    {
        // The time after the commit, so that the measured lag excludes the work of a slow command.
        var now = Instant.Now(time);
        var subscriber = redis.Client.GetSubscriber();
        await Task.WhenAll(
            invalidations
                .Chunk(InvalidationMessage.Most)
                .Select(chunk =>
                    subscriber.PublishAsync(Channel, seal.Seal(InvalidationMessage.Write(chunk, now)), CommandFlags.DemandMaster)
                )
        );
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Invalidation not published over Redis ({Problem}); other replicas read it from the store."
    )]
    private partial void LogUnpublished(string problem);
}

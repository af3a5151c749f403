using AuthSidecar.Redis;
using AuthSidecar.Storage;
using StackExchange.Redis;

namespace AuthSidecar.Changes;

/// <summary>Sends committed changes to the other replicas, as well as it goes: who misses them reads the table.</summary>
internal sealed partial class InvalidationPublisher(RedisConnection redis, MessageSeal seal, TimeProvider time, ILogger<InvalidationPublisher> logger)
{
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Routed by its name, so that subscribers and publishers meet at one node of a cluster.</summary>
    public static RedisChannel Channel { get; } = RedisChannel.Literal("authsidecar:changes").WithKeyRouting();

    /// <summary>Never throws, and returns soon, whatever becomes of Redis.</summary>
    public async Task AnnounceAsync(IReadOnlyList<CacheInvalidation> invalidations)
    {
        try
        {
            if (redis.IsConnected)
            {
                await SendAsync(invalidations).WaitAsync(_patience, time);
                return;
            }

            LogUnsent(redis.Health.Problem ?? RedisProblem.NoConnection);
        }
        catch (Exception fault)
        {
            // Not the exception itself: its text may hold the connection string.
            LogUnsent(redis.Health.Fail(fault));
        }
    }

    private async Task SendAsync(IReadOnlyList<CacheInvalidation> invalidations)
    {
        // As of now, after the commit: what a slow command did before is not on the way of the message.
        var now = Instant.Now(time);
        var subscriber = redis.Client.GetSubscriber();
        await Task.WhenAll(invalidations.Chunk(InvalidationMessage.Most).Select(chunk => subscriber.PublishAsync(Channel, seal.Seal(InvalidationMessage.Write(chunk, now)), CommandFlags.DemandMaster)));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Other replicas could not be told of a change over Redis and will read it from the store ({Problem}).")]
    private partial void LogUnsent(string problem);
}

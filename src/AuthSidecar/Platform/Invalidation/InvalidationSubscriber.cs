using System.Net;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;
using StackExchange.Redis;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Receives other replicas' invalidations over Redis, and probes the subscription.</summary>
internal sealed partial class InvalidationSubscriber(
    RedisConnection redis,
    InvalidationPoller poller,
    MessageSeal seal,
    InvalidationMetrics metrics,
    TimeProvider time,
    ILogger<InvalidationSubscriber> logger
) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    // Unique to this process, and in the hash slot of the channel.
    private readonly RedisChannel _probe = RedisChannel
        .Literal($"authsidecar:{{{redis.ChannelPrefix}{InvalidationPublisher.Channel}}}:{Guid.NewGuid():N}")
        .WithKeyRouting();
    private readonly OutageLog _outage = new(time);
    private readonly OutageLog _unauthenticated = new(time);
    private EndPoint? _server;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Observe(poller.Subscription);
        redis.Client.ConnectionFailed += Break;
        redis.Client.ConnectionRestored += Break;
        var subscriber = redis.Client.GetSubscriber();
        using var timer = new PeriodicTimer(_interval, time);
        do
        {
            try
            {
                if (!await ProbeAsync(subscriber).WaitAsync(stoppingToken))
                {
                    ReportOutage("subscription moved");
                }
                else if (_outage.Recover() is { } outage)
                {
                    LogRestored(outage.Duration, outage.Failures);
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                if (fault is RedisConnectionException)
                {
                    poller.Subscription.Break();
                }

                ReportOutage(redis.Health.Fail(fault));
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A connection that was lost and restored missed messages in between, so both events break the subscription.
    private void Break(object? sender, ConnectionFailedEventArgs args) => poller.Subscription.Break();

    private async Task<bool> ProbeAsync(ISubscriber subscriber)
    {
        if (_server is null || !_server.Equals(subscriber.SubscribedEndpoint(InvalidationPublisher.Channel)))
        {
            poller.Subscription.Break();
            await subscriber.UnsubscribeAsync(InvalidationPublisher.Channel);
            await subscriber.SubscribeAsync(InvalidationPublisher.Channel, (_, message) => Receive(message), CommandFlags.DemandMaster);
            _server = subscriber.SubscribedEndpoint(InvalidationPublisher.Channel);
        }

        // Answered on the subscription's own connection, after every message sent before.
        var breaks = poller.Subscription.Breaks;
        var asked = time.GetTimestamp();
        await subscriber.SubscribeAsync(_probe, static (_, _) => { }, CommandFlags.DemandMaster);
        var server = subscriber.SubscribedEndpoint(_probe);
        await subscriber.UnsubscribeAsync(_probe);
        if (server is not null && server.Equals(_server))
        {
            poller.Subscription.Confirm(asked, breaks);
            return true;
        }

        // After a failover or a slot migration the channel is on another node.
        poller.Subscription.Break();
        _server = null;
        return false;
    }

    private void ReportOutage(string problem)
    {
        if (_outage.Fail())
        {
            LogLost(problem);
        }
    }

    private void Receive(RedisValue message)
    {
        var bytes = (byte[]?)message;
        var state = InvalidationMessage.IsTooLong(bytes) ? SealState.Missing : seal.Verify(bytes);
        if (state != SealState.Valid)
        {
            metrics.CountMessage(state == SealState.Missing ? "unsigned" : "forged");
            if (_unauthenticated.Fail())
            {
                LogUnauthenticated(state);
            }
        }
        else if (InvalidationMessage.TryRead(bytes, out var invalidations))
        {
            metrics.CountMessage("applied");
            poller.Receive(invalidations);
        }
        else
        {
            metrics.CountMessage("ignored");
        }
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Invalidation message ignored: no valid MAC ({State}); reading from the store. A replica has other peppers or an "
            + "older version, or a third party publishes on the channel."
    )]
    private partial void LogUnauthenticated(SealState state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis subscription for invalidations lost ({Problem}); polling the store only.")]
    private partial void LogLost(string problem);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Redis subscription for invalidations restored after {Duration}; {Failures} probes failed."
    )]
    private partial void LogRestored(TimeSpan duration, long failures);
}

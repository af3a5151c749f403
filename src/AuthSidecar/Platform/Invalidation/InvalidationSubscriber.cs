using System.Net;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Telemetry;
using StackExchange.Redis;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>
/// Receives other replicas' invalidations over Redis, and probes the subscription with messages that it sends to itself over the same
/// channel.
/// </summary>
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

    // The client's own timeout of a command.
    private static readonly TimeSpan _longestDelivery = TimeSpan.FromSeconds(5);

    // Unique to this process, and in the hash slot of the channel.
    private readonly RedisChannel _probe = RedisChannel
        .Literal($"authsidecar:{{{redis.ChannelPrefix}{InvalidationPublisher.Channel}}}:{Guid.NewGuid():N}")
        .WithKeyRouting();
    private readonly OutageLog _outage = new(time);
    private readonly OutageLog _unauthenticated = new(time);
    private EndPoint? _server;
    private volatile SentProbe? _sent;

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
                if (await ProbeAsync(subscriber).WaitAsync(stoppingToken) is { } problem)
                {
                    ReportOutage(problem);
                }
                else if (_outage.Recover() is { } outage)
                {
                    LogRestored(outage.Duration, outage.Failures);
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // Without an answer in time nothing is known to be lost yet; the last confirmation ages.
                if (fault is not TimeoutException)
                {
                    poller.Subscription.Break();
                }

                ReportOutage(redis.Health.Fail(fault));
            }
        } while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A connection that was lost and restored missed messages in between, so both events break the subscription.
    private void Break(object? sender, ConnectionFailedEventArgs args) => poller.Subscription.Break();

    /// <returns>Null: messages arrive; else the problem.</returns>
    private async Task<string?> ProbeAsync(ISubscriber subscriber)
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

        // After a failover or a slot migration the channel is on another node.
        var problem =
            server is null || !server.Equals(_server) ? "subscription moved"
            : !await IsDeliveredAsync(subscriber) ? "messages do not arrive"
            : null;
        if (problem is null)
        {
            poller.Subscription.Confirm(asked, breaks);
            return null;
        }

        poller.Subscription.Break();
        _server = null;
        return problem;
    }

    // An answer to SUBSCRIBE does not prove delivery: the user of the replicas may not be allowed to publish.
    private async Task<bool> IsDeliveredAsync(ISubscriber subscriber)
    {
        var sent = new SentProbe(Guid.NewGuid().ToString("N"));
        _sent = sent;
        await subscriber.PublishAsync(
            InvalidationPublisher.Channel,
            seal.Seal(InvalidationMessage.WriteProbe(sent.Id)),
            CommandFlags.DemandMaster
        );
        await sent.Arrived.Task.WaitAsync(_longestDelivery, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return sent.Arrived.Task.IsCompleted;
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
        else if (InvalidationMessage.TryReadProbe(bytes, out var probe))
        {
            // Those of other replicas prove nothing about this one's connection.
            if (_sent is { } sent && sent.Id == probe)
            {
                sent.Arrived.TrySetResult();
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

    private sealed record SentProbe(string Id)
    {
        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
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

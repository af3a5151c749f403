using System.Net;
using AuthSidecar.Redis;
using AuthSidecar.Telemetry;
using StackExchange.Redis;

namespace AuthSidecar.Changes;

/// <summary>Hears of other replicas' changes over Redis, and watches whether it still would.</summary>
internal sealed partial class InvalidationSubscriber(
    RedisConnection redis, InvalidationPoller watcher, MessageSeal seal, InvalidationMetrics metrics, TimeProvider time, ILogger<InvalidationSubscriber> logger)
    : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    // Of this process alone, and in the hash slot of the channel.
    private readonly RedisChannel _probe = RedisChannel.Literal($"authsidecar:{{{redis.ChannelPrefix}{InvalidationPublisher.Channel}}}:{Guid.NewGuid():N}").WithKeyRouting();
    private readonly OutageLog _outage = new(time);
    private readonly OutageLog _foreign = new(time);
    private EndPoint? _server;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Observe(watcher.Bus);
        redis.Client.ConnectionFailed += Break;
        redis.Client.ConnectionRestored += Break;
        var subscriber = redis.Client.GetSubscriber();
        using var timer = new PeriodicTimer(_interval, time);
        do
        {
            try
            {
                if (!await AskAsync(subscriber).WaitAsync(stoppingToken))
                {
                    ReportOutage("subscription moved");
                }
                else if (_outage.Recover() is { } outage)
                {
                    LogHeard(outage.Duration, outage.Failures);
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                if (fault is RedisConnectionException)
                {
                    watcher.Bus.Break();
                }

                ReportOutage(redis.Health.Fail(fault));
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A connection that was lost and is back has missed what was sent in between, so both ends of the gap are a break.
    private void Break(object? sender, ConnectionFailedEventArgs args) => watcher.Bus.Break();

    private async Task<bool> AskAsync(ISubscriber subscriber)
    {
        if (_server is null || !_server.Equals(subscriber.SubscribedEndpoint(InvalidationPublisher.Channel)))
        {
            watcher.Bus.Break();
            await subscriber.UnsubscribeAsync(InvalidationPublisher.Channel);
            await subscriber.SubscribeAsync(InvalidationPublisher.Channel, (_, message) => Receive(message), CommandFlags.DemandMaster);
            _server = subscriber.SubscribedEndpoint(InvalidationPublisher.Channel);
        }

        // Answered on the connection of the subscription itself, after everything that was sent before.
        var breaks = watcher.Bus.Breaks;
        var asked = time.GetTimestamp();
        await subscriber.SubscribeAsync(_probe, static (_, _) => { }, CommandFlags.DemandMaster);
        var server = subscriber.SubscribedEndpoint(_probe);
        await subscriber.UnsubscribeAsync(_probe);
        if (server is not null && server.Equals(_server))
        {
            watcher.Bus.Hear(asked, breaks);
            return true;
        }

        // A failover or the move of a slot: changes come elsewhere now.
        watcher.Bus.Break();
        _server = null;
        return false;
    }

    private void ReportOutage(string problem)
    {
        if (_outage.Fail())
        {
            LogSilent(problem);
        }
    }

    private void Receive(RedisValue message)
    {
        var bytes = (byte[]?)message;
        var state = InvalidationMessage.IsTooLong(bytes) ? SealState.Missing : seal.Verify(bytes);
        if (state != SealState.Valid)
        {
            metrics.CountMessage(state == SealState.Missing ? "unsigned" : "forged");
            if (_foreign.Fail())
            {
                LogForeign(state);
            }
        }
        else if (InvalidationMessage.TryRead(bytes, out var invalidations))
        {
            metrics.CountMessage("applied");
            watcher.Receive(invalidations);
        }
        else
        {
            metrics.CountMessage("ignored");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message about changes has no valid MAC ({State}) and is ignored; changes are read from the store. A replica has other peppers or an older version, or a stranger publishes on the channel.")]
    private partial void LogForeign(SealState state);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes no longer come over Redis ({Problem}); they are read from the store alone.")]
    private partial void LogSilent(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Changes come over Redis again after {Duration}; {Failures} probes failed.")]
    private partial void LogHeard(TimeSpan duration, long failures);
}

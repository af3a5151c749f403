using AuthSidecar.Redis;
using StackExchange.Redis;

namespace AuthSidecar.Changes;

/// <summary>Hears of other replicas' changes over Redis, and watches whether it still would.</summary>
internal sealed partial class ChangeSubscription(RedisConnection redis, ChangeWatcher watcher, ChangeMetrics metrics, TimeProvider time, ILogger<ChangeSubscription> logger)
    : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private bool _isHeard = true;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        metrics.Observe(watcher.Bus);
        var client = await redis.Client.WaitAsync(stoppingToken);
        client.ConnectionFailed += Break;
        client.ConnectionRestored += Break;
        var subscriber = client.GetSubscriber();
        var isSubscribed = false;
        using var timer = new PeriodicTimer(_interval, time);
        do
        {
            try
            {
                if (!isSubscribed)
                {
                    await subscriber.SubscribeAsync(ChangeBus.Channel, (_, message) => Receive(message)).WaitAsync(_patience, time, stoppingToken);
                    isSubscribed = true;
                }

                await AskAsync(subscriber, stoppingToken);
                Tell(isHeard: true);
            }
            catch (Exception fault) when (fault is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                if (fault is RedisConnectionException)
                {
                    watcher.Bus.Break();
                }

                Tell(isHeard: false);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // A connection that was lost and is back has missed what was sent in between, so both ends of the gap are a break.
    private void Break(object? sender, ConnectionFailedEventArgs args)
    {
        if (args.ConnectionType == ConnectionType.Subscription)
        {
            watcher.Bus.Break();
        }
    }

    // On the connection of the subscription itself, where an answer comes after everything that was sent before it.
    private async Task AskAsync(ISubscriber subscriber, CancellationToken cancellationToken)
    {
        var breaks = watcher.Bus.Breaks;
        var asked = time.GetTimestamp();
        await subscriber.PingAsync().WaitAsync(_patience, time, cancellationToken);
        if (subscriber.IsConnected(ChangeBus.Channel))
        {
            watcher.Bus.Hear(asked, breaks);
        }
    }

    private void Receive(RedisValue message)
    {
        if (ChangeMessage.TryRead((byte[]?)message, out var changes))
        {
            metrics.CountMessage(isUnderstood: true);
            watcher.Receive(changes);
        }
        else
        {
            metrics.CountMessage(isUnderstood: false);
        }
    }

    private void Tell(bool isHeard)
    {
        if (isHeard == _isHeard)
        {
            return;
        }

        _isHeard = isHeard;
        if (isHeard)
        {
            LogHeard();
        }
        else
        {
            LogSilent();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes no longer come over Redis; they are read from the store alone.")]
    private partial void LogSilent();

    [LoggerMessage(Level = LogLevel.Information, Message = "Changes come over Redis again.")]
    private partial void LogHeard();
}

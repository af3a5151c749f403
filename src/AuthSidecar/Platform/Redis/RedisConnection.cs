using System.Diagnostics.Metrics;
using StackExchange.Redis;

namespace AuthSidecar.Platform.Redis;

/// <summary>
/// The connection to Redis. An unavailable Redis delays the start by a second or two but does not fail it; the client reconnects in the
/// background, and calls fail at once until then.
/// </summary>
/// <param name="options">Address and credentials.</param>
/// <param name="logger">The log.</param>
/// <param name="time">The clock; null: the system's.</param>
/// <param name="meters">Null: no metrics.</param>
internal sealed partial class RedisConnection(
    ConfigurationOptions options,
    ILogger<RedisConnection> logger,
    TimeProvider? time = null,
    IMeterFactory? meters = null
) : IHostedService, IAsyncDisposable
{
    private const int MaxPings = 15;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private ConnectionMultiplexer? _client;
    private int _losses;

    /// <summary>Number of connections that were lost, without those of subscriptions.</summary>
    public int Losses => Volatile.Read(ref _losses);

    public RedisHealth Health { get; } =
        new(options.Password is not null || options.User is not null, time ?? TimeProvider.System, logger, meters);

    public bool IsConnected => _client is { IsConnected: true };

    /// <summary>The client's prefix of channel names.</summary>
    public string? ChannelPrefix => options.ChannelPrefix;

    /// <exception cref="InvalidOperationException">Before the start.</exception>
    public ConnectionMultiplexer Client => _client ?? throw new InvalidOperationException("The connection to Redis is not started.");

    /// <exception cref="InvalidOperationException">Before the start.</exception>
    public IDatabase Database => Client.GetDatabase();

    /// <summary>Runs before the listeners open, so that the first request can use Redis.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Health.Measure();
        _client = await ConnectionMultiplexer.ConnectAsync(options);
        _client.ConnectionFailed += (_, failure) =>
        {
            Health.Fail(failure.Exception);
            if (failure is { ConnectionType: ConnectionType.Interactive, FailureType: not ConnectionFailureType.UnableToConnect })
            {
                Interlocked.Increment(ref _losses);
            }
        };
        _client.ConnectionRestored += (_, _) => Health.Succeed();
        if (!IsConnected)
        {
            if (await FindFaultAsync() is { } fault)
            {
                var problem = Health.Fail(fault);
                LogUnavailable(problem);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        // Registered twice with the host, so disposed twice.
        if (Interlocked.Exchange(ref _client, null) is { } client)
        {
            // Not CloseAsync, which waits for pending answers of a hanging Redis.
            client.Close(allowCommandsToComplete: false);
            client.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    // Only a call reveals why connecting failed, and not between two attempts.
    private async Task<Exception?> FindFaultAsync()
    {
        for (var left = MaxPings; ; left--)
        {
            try
            {
                await Database.PingAsync();
                return null;
            }
            catch (Exception fault) when (fault.InnerException is not null || left == 0)
            {
                return fault;
            }
            catch (RedisConnectionException)
            {
                await Task.Delay(_pause, _time);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis unavailable ({Problem}); starting without it and reconnecting.")]
    private partial void LogUnavailable(string problem);
}

using StackExchange.Redis;

namespace AuthSidecar.Redis;

/// <summary>The one connection to Redis. A Redis that is down delays the start by a second or two and fails nothing; the client keeps trying, and calls fail at once until it succeeds.</summary>
internal sealed partial class RedisConnection(ConfigurationOptions options, ILogger<RedisConnection> logger) : IHostedService, IAsyncDisposable
{
    private ConnectionMultiplexer? _client;

    public bool IsConnected => _client is { IsConnected: true };

    /// <summary>What the client puts before the names of channels.</summary>
    public string? ChannelPrefix => options.ChannelPrefix;

    /// <exception cref="InvalidOperationException">Before the start.</exception>
    public ConnectionMultiplexer Client => _client ?? throw new InvalidOperationException("The connection to Redis is not started.");

    /// <exception cref="InvalidOperationException">Before the start.</exception>
    public IDatabase Database => Client.GetDatabase();

    /// <summary>Before the doors open, so that a Redis which is there is used from the first request on.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _client = await ConnectionMultiplexer.ConnectAsync(options);
        if (!IsConnected)
        {
            LogAway();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync()
    {
        // The host knows it under two names, and disposes it twice.
        if (Interlocked.Exchange(ref _client, null) is { } client)
        {
            // Not CloseAsync, which waits for answers that a hanging Redis owes.
            client.Close(allowCommandsToComplete: false);
            client.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is not there; the sidecar starts without it and keeps trying.")]
    private partial void LogAway();
}

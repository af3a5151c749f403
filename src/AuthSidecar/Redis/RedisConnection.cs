using System.Diagnostics.Metrics;
using StackExchange.Redis;

namespace AuthSidecar.Redis;

/// <summary>The one connection to Redis. A Redis that is down delays the start by a second or two and fails nothing; the client keeps trying, and calls fail at once until it succeeds.</summary>
/// <param name="options">Where it is.</param>
/// <param name="logger">The log.</param>
/// <param name="time">Null: the system's clock.</param>
/// <param name="meters">Null: nothing is measured.</param>
internal sealed partial class RedisConnection(ConfigurationOptions options, ILogger<RedisConnection> logger, TimeProvider? time = null, IMeterFactory? meters = null) : IHostedService, IAsyncDisposable
{
    private const int MostQuestions = 15;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private ConnectionMultiplexer? _client;

    public RedisHealth Health { get; } = new(options.Password is not null || options.User is not null, time ?? TimeProvider.System, logger, meters);

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
        Health.Measure();
        _client = await ConnectionMultiplexer.ConnectAsync(options);
        _client.ConnectionFailed += (_, failure) => Health.Fail(failure.Exception);
        _client.ConnectionRestored += (_, _) => Health.Succeed();
        if (!IsConnected)
        {
            if (await AskWhyAsync() is { } fault)
            {
                var problem = Health.Fail(fault);
                LogAway(problem);
            }
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

    // What failed while connecting is said by a call alone, and not between two attempts to connect.
    private async Task<Exception?> AskWhyAsync()
    {
        for (var left = MostQuestions; ; left--)
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis cannot be used ({Problem}); the sidecar starts without it and keeps trying.")]
    private partial void LogAway(string problem);
}

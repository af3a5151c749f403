using StackExchange.Redis;

namespace AuthSidecar.Redis;

/// <summary>
/// The one connection to Redis. A Redis that is down delays the start by a second and fails nothing; the client keeps trying, and calls fail at once until it succeeds.
/// </summary>
internal sealed partial class RedisConnection(ConfigurationOptions options, TimeProvider time, ILogger<RedisConnection> logger) : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource<ConnectionMultiplexer> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _connecting = Task.CompletedTask;
    private bool _isDisposed;

    public bool IsConnected => _first.Task is { IsCompletedSuccessfully: true, Result.IsConnected: true };

    /// <summary>Completes with the client once there is one, connected or still trying. Never faults; canceled when the process ends first.</summary>
    public Task<ConnectionMultiplexer> Client => _first.Task;

    /// <summary>For commands, whose calls fail while Redis is away. Null until there is a <see cref="Client"/>.</summary>
    public IDatabase? Database => _first.Task.IsCompletedSuccessfully ? _first.Task.Result.GetDatabase() : null;

    /// <summary>Before the doors open, so that a Redis which is there is used from the first request on.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _connecting = ConnectAsync();
        await Task.WhenAny(_connecting, Task.Delay(_pause, time, cancellationToken));
        if (!IsConnected)
        {
            LogAway();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        // The host knows it under two names.
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _ended.CancelAsync();
        await _connecting;
        if (_first.Task.IsCompletedSuccessfully)
        {
            // Not CloseAsync, which waits for answers that a hanging Redis owes.
            _first.Task.Result.Close(allowCommandsToComplete: false);
            _first.Task.Result.Dispose();
        }

        _ended.Dispose();
    }

    // Only the first connection is ours to repeat: a name that cannot be resolved fails it. The client repeats the later ones.
    private async Task ConnectAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                _first.TrySetResult(await ConnectionMultiplexer.ConnectAsync(options));
                return;
            }
            catch (Exception fault)
            {
                var kind = fault.GetType();
                LogFault(kind);
                await Task.Delay(_pause, time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _first.TrySetCanceled();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis is not there; the sidecar starts without it and keeps trying.")]
    private partial void LogAway();

    // Not the exception itself: its text may hold the connection string.
    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis could not be connected to: {Fault}.")]
    private partial void LogFault(Type fault);
}

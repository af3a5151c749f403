namespace AuthSidecar.RateLimiting;

/// <summary>Whether Redis is asked. After a failure nobody asks it but a probe, until it answers in time again.</summary>
internal sealed partial class RedisGate(RedisWindows windows, TimeProvider time, ILogger<RedisGate> logger, TimeSpan? patience = null) : IAsyncDisposable
{
    private const int WarmUps = 3;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _ended = new();
    private int _isClosed;
    private Task _probing = Task.CompletedTask;

    /// <summary>How long a request waits for Redis: a part of the time that Envoy gives a check.</summary>
    public TimeSpan Patience { get; } = patience ?? TimeSpan.FromMilliseconds(50);

    public bool IsOpen => Volatile.Read(ref _isClosed) == 0;

    public void Close(Exception reason)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            var problem = reason is TimeoutException ? "no answer in time" : reason.GetType().Name;
            LogGone(problem);
            _probing = ProbeAsync();
        }
    }

    /// <summary>Walks the way to Redis without the patience of a request: the first time takes longer than any later one. What fails here fails again, and is told then.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        for (var again = 0; again < WarmUps; again++)
        {
            await windows.ProbeAsync().WaitAsync(_interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _probing;
        _ended.Dispose();
    }

    private async Task ProbeAsync()
    {
        while (true)
        {
            await Task.Delay(_interval, time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested)
            {
                return;
            }

            try
            {
                await windows.ProbeAsync().WaitAsync(Patience, time);
                Volatile.Write(ref _isClosed, 0);
                LogBack();
                return;
            }
            catch (Exception fault)
            {
                var kind = fault.GetType();
                LogStillGone(kind);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis does not count requests ({Problem}); until it does, each policy's WhenRedisIsDown decides.")]
    private partial void LogGone(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis counts requests again.")]
    private partial void LogBack();

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis still does not count requests ({Fault}).")]
    private partial void LogStillGone(Type fault);
}

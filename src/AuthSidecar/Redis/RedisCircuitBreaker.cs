namespace AuthSidecar.Redis;

/// <summary>One call of a feature's script, which reads and writes where the feature does.</summary>
internal delegate Task RedisProbe();

/// <summary>Whether Redis is called. After a failure only the probes call it, until all of them are answered in time.</summary>
internal sealed partial class RedisCircuitBreaker(IEnumerable<RedisProbe> probes, TimeProvider time, ILogger<RedisCircuitBreaker> logger, TimeSpan? patience = null, RedisHealth? health = null) : IAsyncDisposable
{
    private const int WarmUps = 3;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _ended = new();
    private int _isTripped;
    private Task _probing = Task.CompletedTask;

    /// <summary>How long a request waits for Redis: a part of the time that Envoy gives a check.</summary>
    public TimeSpan Patience { get; } = patience ?? TimeSpan.FromMilliseconds(50);

    public bool IsAvailable => Volatile.Read(ref _isTripped) == 0;

    /// <summary>A call failed. An answer, be it a refusal, shows that Redis is there: then the circuit stays closed.</summary>
    public void Trip(Exception reason)
    {
        // All else is noted where the call is made.
        if (reason is TimeoutException or InvalidDataException)
        {
            health?.Fail(reason);
        }

        if (RedisRefusal.Is(reason))
        {
            return;
        }

        if (Interlocked.Exchange(ref _isTripped, 1) == 0)
        {
            var problem = Describe(reason);
            LogUnavailable(problem);
            _probing = ProbeUntilAnsweredAsync();
        }
    }

    /// <summary>Probes without the patience of a request: the first call takes longer than any later one. What fails here fails again, and is logged then.</summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        for (var again = 0; again < WarmUps; again++)
        {
            await ProbeAsync().WaitAsync(_interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _probing;
        _ended.Dispose();
    }

    private async Task ProbeUntilAnsweredAsync()
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
                await ProbeAsync().WaitAsync(Patience, time);
                Volatile.Write(ref _isTripped, 0);
                LogAvailable();
                return;
            }
            catch (Exception fault)
            {
                if (fault is TimeoutException)
                {
                    health?.Fail(fault);
                }

                var problem = Describe(fault);
                LogStillUnavailable(problem);
            }
        }
    }

    // Each on its own: features may live on different nodes of a cluster.
    private Task ProbeAsync() => Task.WhenAll(probes.Select(async probe => await probe()));

    // Not the exception itself: its text may hold the connection string.
    private string Describe(Exception fault) => health?.WordOf(fault) ?? RedisProblem.Of(fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis unavailable ({Problem}); applying WhenRedisIsDown.")]
    private partial void LogUnavailable(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis available again.")]
    private partial void LogAvailable();

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis still unavailable ({Problem}).")]
    private partial void LogStillUnavailable(string problem);
}

namespace AuthSidecar.Platform.Redis;

/// <summary>One call of a feature's script with the keys of the feature.</summary>
internal delegate Task RedisProbe();

/// <summary>Circuit breaker around Redis. After a failure only the probes call Redis, until all of them succeed in time.</summary>
internal sealed partial class RedisCircuitBreaker(
    IEnumerable<RedisProbe> probes,
    TimeProvider time,
    ILogger<RedisCircuitBreaker> logger,
    TimeSpan? patience = null,
    RedisHealth? health = null
) : IAsyncDisposable
{
    private const int WarmUps = 3;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _ended = new();
    private int _isTripped;
    private Task _probing = Task.CompletedTask;

    /// <summary>Timeout of a request's call, a fraction of Envoy's timeout for Check.</summary>
    public TimeSpan Patience { get; } = patience ?? TimeSpan.FromMilliseconds(50);

    /// <summary>True while the circuit is closed.</summary>
    public bool IsAvailable => Volatile.Read(ref _isTripped) == 0;

    /// <summary>Records a failed call. Any reply, even an error, leaves the circuit closed.</summary>
    public void Trip(Exception reason)
    {
        // Other failures are recorded by the caller.
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

    /// <summary>
    /// Probes with a longer timeout, because the first call is the slowest. Failures are ignored here: they recur and are logged then.
    /// </summary>
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

    // One probe for each feature, because features may use different nodes of a cluster.
    private Task ProbeAsync() => Task.WhenAll(probes.Select(async probe => await probe()));

    // Not the exception itself: its text may hold the connection string.
    private string Describe(Exception fault) => health?.ProblemOf(fault) ?? RedisProblem.Of(fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis unavailable ({Problem}); applying WhenRedisIsDown.")]
    private partial void LogUnavailable(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis available again.")]
    private partial void LogAvailable();

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis still unavailable ({Problem}).")]
    private partial void LogStillUnavailable(string problem);
}

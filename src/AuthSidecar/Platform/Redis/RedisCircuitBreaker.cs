namespace AuthSidecar.Platform.Redis;

/// <summary>One call of a feature's script with the keys of the feature.</summary>
internal delegate Task RedisProbe();

/// <summary>
/// Circuit breaker around Redis. It opens when the connection is lost, or after several calls in a row without any answer; then only the
/// probes call Redis, until all of them succeed in time.
/// </summary>
internal sealed partial class RedisCircuitBreaker : IAsyncDisposable
{
    private const int WarmUps = 3;
    private const int MaxLate = 3;
    private static readonly TimeSpan _usualPatience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(500);

    private readonly IEnumerable<RedisProbe> _probes;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisCircuitBreaker> _logger;
    private readonly RedisHealth? _health;
    private readonly ScheduledTimeouts _timeouts;
    private readonly CancellationTokenSource _ended = new();
    private int _isTripped;
    private Task _probing = Task.CompletedTask;

    /// <param name="probes">One of each feature.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="patience">Longest silence of Redis while a call waits, in scheduled time; null: a fraction of Envoy's timeout for
    /// Check.</param>
    /// <param name="health">Null: not reported.</param>
    public RedisCircuitBreaker(
        IEnumerable<RedisProbe> probes,
        TimeProvider time,
        ILogger<RedisCircuitBreaker> logger,
        TimeSpan? patience = null,
        RedisHealth? health = null
    )
    {
        (_probes, _time, _logger, _health) = (probes, time, logger, health);
        _timeouts = new(patience ?? _usualPatience, time);
    }

    /// <summary>True while the circuit is closed.</summary>
    public bool IsAvailable => Volatile.Read(ref _isTripped) == 0;

    /// <summary>Awaits a call for as long as Redis answers others of the feature; the deadline of the request bounds it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="pulse">Of the feature.</param>
    /// <param name="mayQueue">False: gives up after one timeout even then.</param>
    /// <exception cref="LateAnswerException">Redis was silent. The call may still take effect.</exception>
    public async Task<T> WaitAsync<T>(Task<T> call, RedisPulse pulse, bool mayQueue = true)
    {
        var late = pulse.Late;
        while (true)
        {
            var answers = pulse.Answers;
            var timeout = _timeouts.Begin();
            try
            {
                var answer = await call.WaitAsync(timeout);
                pulse.CountInTime();
                return answer;
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                // The answer may have come together with the timeout.
                var isSilent = pulse.Answers == answers;
                if (!call.IsCompleted && (isSilent || !mayQueue))
                {
                    throw GiveUp(pulse, late, isSilent);
                }
            }
        }
    }

    /// <inheritdoc cref="WaitAsync{T}"/>
    public Task WaitAsync(Task call, RedisPulse pulse)
    {
        return WaitAsync(ResultOfAsync(call), pulse);

        static async Task<bool> ResultOfAsync(Task call)
        {
            await call;
            return true;
        }
    }

    /// <summary>Records a failed call. A late answer, and any reply, even an error, leaves the circuit closed.</summary>
    public void Trip(Exception reason)
    {
        if (reason is LateAnswerException)
        {
            return;
        }

        // Other failures are recorded by the caller.
        if (reason is TimeoutException or InvalidDataException)
        {
            _health?.Fail(reason);
        }

        if (!RedisRefusal.Is(reason) && Interlocked.Exchange(ref _isTripped, 1) == 0)
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
            await ProbeAsync().WaitAsync(_interval, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _probing;
        _ended.Dispose();
        _timeouts.Dispose();
    }

    private LateAnswerException GiveUp(RedisPulse pulse, int late, bool isSilent)
    {
        _health?.CountLate();
        if (isSilent)
        {
            pulse.CountLate(late);
            if (pulse.Late >= MaxLate)
            {
                Trip(new TimeoutException());
            }
        }

        return new();
    }

    private async Task ProbeUntilAnsweredAsync()
    {
        while (true)
        {
            await Task.Delay(_interval, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_ended.IsCancellationRequested)
            {
                return;
            }

            var timeout = _timeouts.Begin();
            try
            {
                await ProbeAsync().WaitAsync(timeout);
                Volatile.Write(ref _isTripped, 0);
                LogAvailable();
                return;
            }
            catch (Exception fault)
            {
                if (timeout.IsCancellationRequested)
                {
                    fault = new TimeoutException();
                    _health?.Fail(fault);
                }

                var problem = Describe(fault);
                LogStillUnavailable(problem);
            }
        }
    }

    // One probe for each feature, because features may use different nodes of a cluster.
    private Task ProbeAsync() => Task.WhenAll(_probes.Select(async probe => await probe()));

    // Not the exception itself: its text may hold the connection string.
    private string Describe(Exception fault) => _health?.ProblemOf(fault) ?? RedisProblem.Of(fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis unavailable ({Problem}); applying WhenRedisIsDown.")]
    private partial void LogUnavailable(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis available again.")]
    private partial void LogAvailable();

    [LoggerMessage(Level = LogLevel.Debug, Message = "Redis still unavailable ({Problem}).")]
    private partial void LogStillUnavailable(string problem);
}

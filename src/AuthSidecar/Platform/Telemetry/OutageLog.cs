namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Decides which events of an outage are logged: the first failure, one failure in each interval, and the recovery. An outage that begins
/// and ends within an interval of the last logged failure is not logged.
/// </summary>
internal sealed class OutageLog(TimeProvider time, TimeSpan? interval = null)
{
    private static readonly TimeSpan _usual = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly TimeSpan _interval = interval ?? _usual;
    private volatile bool _isDown;
    private long _began;
    private long _failures;
    private long? _logged;
    private bool _isLogged;

    public bool IsDown => _isDown;

    /// <summary>Records a failure.</summary>
    /// <returns>True: log it, with its cause.</returns>
    public bool Fail()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            if (!_isDown)
            {
                (_isDown, _isLogged, _began, _failures) = (true, false, now, 0);
            }

            _failures++;
            if (_logged is { } last && time.GetElapsedTime(last, now) < _interval)
            {
                return false;
            }

            (_logged, _isLogged) = (now, true);
            return true;
        }
    }

    /// <summary>Records a success; cheap without an outage.</summary>
    /// <returns>The outage that ended, if it was logged; else null.</returns>
    public Outage? Recover()
    {
        if (!_isDown)
        {
            return null;
        }

        lock (_lock)
        {
            if (!_isDown)
            {
                return null;
            }

            _isDown = false;
            return _isLogged ? new(time.GetElapsedTime(_began), _failures) : null;
        }
    }
}

/// <summary>An ended outage.</summary>
internal readonly record struct Outage(TimeSpan Duration, long Failures);

using System.Diagnostics.Metrics;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Redis;

/// <summary>Whether Redis does what it is asked, and why not: for the log, for <c>/readyz</c> and as metrics.</summary>
/// <param name="hasCredential">As of <see cref="RedisProblem.Of"/>.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log of the connection.</param>
/// <param name="meters">Null: nothing is measured.</param>
internal sealed partial class RedisHealth(bool hasCredential, TimeProvider time, ILogger logger, IMeterFactory? meters)
{
    private readonly OutageLog _refusals = new(time);
    private readonly Counter<long>? _failures = meters?.Create(MeterNames.Sidecar)
        .CreateCounter<long>("authsidecar_redis_failures_total", null, "Calls of Redis and connections to it that failed.");

    private volatile string? _problem;

    /// <summary>What keeps Redis from being used, one of <see cref="RedisProblem"/>; null: nothing that is known.</summary>
    public string? Problem => _problem;

    /// <summary>As <c>/readyz</c> shows it: <c>refused: WRONGPASS</c>, <c>no connection</c>; null: nothing.</summary>
    public string? Detail => _problem is { } problem ? Text(problem) : null;

    public void Measure() => meters?.Create(MeterNames.Sidecar)
        .CreateObservableGauge("authsidecar_redis_up", () => _problem is null ? 1 : 0, null, "1 while Redis does what it is asked.");

    public string WordOf(Exception? fault) => RedisProblem.Of(fault, hasCredential);

    /// <summary>A call or a connection failed. An answer that concerns one key says nothing of Redis.</summary>
    /// <returns>Why.</returns>
    public string Fail(Exception? fault)
    {
        var problem = WordOf(fault);
        _failures?.Add(1, new KeyValuePair<string, object?>("reason", problem.Replace(' ', '_').ToLowerInvariant()));
        if (!RedisProblem.IsOfOneKey(problem))
        {
            _problem = problem;
        }

        if (RedisProblem.IsRefusal(problem) && _refusals.Fail())
        {
            LogRefused(problem);
        }

        return problem;
    }

    /// <summary>A call was carried out.</summary>
    public void Succeed()
    {
        if (_problem is not null)
        {
            _problem = null;
        }

        if (_refusals.Recover() is { } outage)
        {
            LogCarriedOut(outage.Duration, outage.Failures);
        }
    }

    private static string Text(string problem) => RedisProblem.IsRefusal(problem) ? $"refused: {problem}" : problem;

    // Which key it was is not said: the client's text could hold more.
    [LoggerMessage(Level = LogLevel.Error, Message = "Redis refuses ({Problem}); what it refuses is counted and decided in this process alone. NOAUTH, WRONGPASS: see Redis:ConnectionString; NOPERM: see the user's access control list.")]
    private partial void LogRefused(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis carries calls out again after {Duration}; {Failures} were refused.")]
    private partial void LogCarriedOut(TimeSpan duration, long failures);
}

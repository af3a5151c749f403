using System.Diagnostics.Metrics;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Platform.Redis;

/// <summary>Health of Redis and the current problem, for the log, <c>/readyz</c> and metrics.</summary>
/// <param name="hasCredential">True if a user or password is configured; see <see cref="RedisProblem.Of"/>.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log of the connection.</param>
/// <param name="meters">Null: no metrics.</param>
internal sealed partial class RedisHealth(bool hasCredential, TimeProvider time, ILogger logger, IMeterFactory? meters)
{
    private readonly OutageLog _refusals = new(time);
    private readonly Counter<long>? _failures = meters
        ?.Create(MeterNames.Sidecar)
        .CreateCounter<long>("authsidecar_redis_failures_total", null, "Failed Redis calls and connections.");

    private readonly Counter<long>? _late = meters
        ?.Create(MeterNames.Sidecar)
        .CreateCounter<long>("authsidecar_redis_late_answers_total", null, "Redis calls given up because no answer came in time.");

    private volatile string? _problem;

    /// <summary>The current problem, one of <see cref="RedisProblem"/>; null: none known.</summary>
    public string? Problem => _problem;

    /// <summary>As <c>/readyz</c> shows it: <c>refused: WRONGPASS</c>, <c>no connection</c>; null: healthy.</summary>
    public string? Detail => _problem is { } problem ? Text(problem) : null;

    public void Measure() =>
        meters
            ?.Create(MeterNames.Sidecar)
            .CreateObservableGauge("authsidecar_redis_up", () => _problem is null ? 1 : 0, null, "1 while calls of Redis succeed.");

    public string ProblemOf(Exception? fault) => RedisProblem.Of(fault, hasCredential);

    /// <summary>Records a failed call or connection. An error that concerns one key does not affect the health.</summary>
    /// <returns>The problem.</returns>
    public string Fail(Exception? fault)
    {
        var problem = ProblemOf(fault);
        _failures?.Add(1, new KeyValuePair<string, object?>("reason", problem.Replace(' ', '_').ToLowerInvariant()));
        if (!RedisProblem.IsOfOneKey(problem))
        {
            _problem = problem;
        }

        if (RedisProblem.IsRefusal(problem) && _refusals.Fail())
        {
            LogRejected(problem);
        }

        return problem;
    }

    /// <summary>Counts a call without an answer in time; by itself no problem.</summary>
    public void CountLate() => _late?.Add(1);

    /// <summary>Records a successful call.</summary>
    public void Succeed()
    {
        if (_problem is not null)
        {
            _problem = null;
        }

        if (_refusals.Recover() is { } outage)
        {
            LogAccepted(outage.Duration, outage.Failures);
        }
    }

    private static string Text(string problem) => RedisProblem.IsRefusal(problem) ? $"refused: {problem}" : problem;

    // Without the key: the client's text could hold secrets.
    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Redis rejects calls ({Problem}); counting and deciding locally. NOAUTH, WRONGPASS: see Redis:ConnectionString; "
            + "NOPERM: see the user's ACL."
    )]
    private partial void LogRejected(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis accepts calls again after {Duration}; {Failures} were rejected.")]
    private partial void LogAccepted(TimeSpan duration, long failures);
}

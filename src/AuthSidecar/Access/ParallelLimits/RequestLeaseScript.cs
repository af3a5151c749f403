using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;
using StackExchange.Redis;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>The shared leases, timed by the clock of Redis.</summary>
/// <param name="redis">The store of the leases.</param>
/// <param name="clock">Replaces the clock of Redis in tests, in microseconds.</param>
internal sealed class RequestLeaseScript(RedisConnection redis, Func<long>? clock = null)
{
    // In braces, so that all keys are in one slot of a cluster.
    private static readonly RedisKey[] _prefix = ["authsidecar:{parallel}:"];

    private readonly RedisScript _script = new(redis, "parallel_leases.lua");

    public RedisPulse Pulse => _script.Pulse;

    /// <summary>Id of this process; changes with each restart.</summary>
    public string Replica { get; } = Guid.NewGuid().ToString("N");

    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    /// <exception cref="InvalidDataException">The answer is malformed.</exception>
    public async Task<LeaseAnswer> TakeAsync(RequestLease lease)
    {
        List<RedisValue> values = [lease.DecisionId, TermOf(lease.Lifetime)];
        foreach (var cap in lease.Caps)
        {
            values.Add(cap.Owner);
            values.Add(cap.Most);
        }

        var place = await NumberAsync("take", values);
        return place == 0 ? LeaseAnswer.Taken
            : place <= lease.Caps.Count ? LeaseAnswer.FullAt(place - 1)
            : throw Malformed();
    }

    /// <summary>Counts leases of this replica for another term, regardless of the caps.</summary>
    /// <returns>Decision ids of those that have ended, or that another replica has for a repeat of the request.</returns>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>.</exception>
    public async Task<IReadOnlyList<string>> RenewAsync(IEnumerable<(RequestLease Lease, TimeSpan Term)> leases)
    {
        var values = new List<RedisValue>();
        foreach (var (lease, rest) in leases)
        {
            values.AddRange([lease.DecisionId, TermOf(rest), lease.Caps.Count]);
            values.AddRange(lease.Caps.Select(cap => (RedisValue)cap.Owner));
        }

        var gone = (string?[]?)await CallAsync("renew", values) ?? throw Malformed();
        return [.. gone.OfType<string>()];
    }

    /// <summary>Reports about requests, by decision id.</summary>
    /// <param name="change">What happened to them.</param>
    /// <param name="ids">Their decisions.</param>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>.</exception>
    public async Task ReportAsync(LeaseChange change, IEnumerable<string> ids)
    {
        var action = change switch
        {
            LeaseChange.Renewed => "touch",
            LeaseChange.Ended => "finish",
            _ => "release",
        };
        if (await NumberAsync(action, [.. ids.Select(id => (RedisValue)id)]) != 0)
        {
            throw Malformed();
        }
    }

    /// <summary>Runs the script without a lease; an error reply counts as an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(CallAsync("release", []));

    private static long TermOf(TimeSpan rest) => (rest < IRequestLeases.Life ? rest : IRequestLeases.Life).ToMicroseconds();

    private async Task<int> NumberAsync(string action, List<RedisValue> values) =>
        await CallAsync(action, values) is { Resp2Type: ResultType.Integer } number && (int)number is >= 0 and var found
            ? found
            : throw Malformed();

    private Task<RedisResult> CallAsync(string action, List<RedisValue> values) =>
        _script.EvaluateAsync(_prefix, [action, Replica, IRequestLeases.Life.ToMicroseconds(), clock is null ? "" : clock(), .. values]);

    private static InvalidDataException Malformed() => new("Redis returned a malformed answer.");
}

/// <summary>A report about a running request.</summary>
internal enum LeaseChange
{
    /// <summary>Its WebSocket is still open.</summary>
    Renewed,

    Ended,

    /// <summary>It was denied after all.</summary>
    Released,
}

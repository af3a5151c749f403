using System.Globalization;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Redis;
using StackExchange.Redis;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Result of renewing a shared lease.</summary>
internal enum RenewAnswer
{
    /// <summary>It belongs to this replica.</summary>
    Mine,

    /// <summary>It belongs to this replica from now on: it was unknown, or its replica is gone.</summary>
    Adopted,

    /// <summary>It belongs to another replica.</summary>
    Other,

    /// <summary>It was ended before.</summary>
    Ended,
}

/// <summary>The shared leases: one script call per event of a socket, timed by the clock of Redis.</summary>
/// <param name="redis">The store of the leases.</param>
/// <param name="clock">Replaces the clock of Redis in tests, in microseconds.</param>
internal sealed class LeaseScript(RedisConnection redis, Func<long>? clock = null)
{
    private const int MaxNews = 1000;

    // In braces, so that all keys are in one slot of a cluster.
    private static readonly RedisKey[] _prefix = ["authsidecar:{sockets}:"];

    // Longer than the heartbeat interval and shorter than a lease, so that a dead replica's leases are adopted before they expire.
    private static readonly TimeSpan _presence = TimeSpan.FromSeconds(30);

    private readonly RedisScript _script = new(redis, "socket_leases.lua");

    public RedisPulse Pulse => _script.Pulse;

    /// <summary>Id of this process; changes with each restart.</summary>
    public string Replica { get; } = Guid.NewGuid().ToString("N");

    /// <returns>Null: Redis has no record of this replica, and so perhaps none of its leases.</returns>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    /// <exception cref="InvalidDataException">The answer is malformed.</exception>
    public async Task<LeaseVerdict?> TakeAsync(SocketLease lease, SocketCaps caps) =>
        Word(await CallAsync("take", lease.DecisionId, lease.Subject, caps.PerUser, caps.PerReplica)) switch
        {
            "taken" => LeaseVerdict.Taken,
            "user" when caps.PerUser > 0 => LeaseVerdict.UserIsFull,
            "replica" when caps.PerReplica > 0 => LeaseVerdict.ReplicaIsFull,
            "absent" => null,
            _ => throw Malformed(),
        };

    /// <param name="lease">The lease.</param>
    /// <param name="rest">Remaining lifetime; never shortens it.</param>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>.</exception>
    public async Task<RenewAnswer> RenewAsync(SocketLease lease, TimeSpan rest) =>
        Word(await CallAsync("renew", lease.DecisionId, lease.Subject, rest.ToMicroseconds())) switch
        {
            "mine" => RenewAnswer.Mine,
            "adopted" => RenewAnswer.Adopted,
            "other" => RenewAnswer.Other,
            "ended" => RenewAnswer.Ended,
            _ => throw Malformed(),
        };

    /// <exception cref="RedisException">As <see cref="TakeAsync"/>.</exception>
    public Task EndAsync(SocketLease lease) => EndAsync("finish", lease);

    /// <summary>Ends a lease, unless another replica has taken it for a repeat of the request.</summary>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>.</exception>
    public Task ReleaseAsync(SocketLease lease) => EndAsync("release", lease);

    /// <summary>Heartbeat; fetches other replicas' changes to leases of this replica.</summary>
    /// <param name="isResent">All leases of this replica were just sent again, so it may register.</param>
    /// <returns>Decision ids with their remaining lifetime; zero: another replica's; negative: ended. Null as of
    /// <see cref="TakeAsync"/>.</returns>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>.</exception>
    public async Task<IReadOnlyList<(string DecisionId, TimeSpan Left)>?> AppearAsync(bool isResent)
    {
        var words = (string[]?)await CallAsync("appear", _presence.ToMicroseconds(), isResent ? "1" : "0", isResent ? 0 : MaxNews);
        if (words is ["absent"])
        {
            return null;
        }

        if (words is not ["present", ..] || words.Length % 2 == 0)
        {
            throw Malformed();
        }

        var news = new List<(string, TimeSpan)>(words.Length / 2);
        for (var i = 1; i < words.Length; i += 2)
        {
            if (
                !long.TryParse(words[i + 1], CultureInfo.InvariantCulture, out var rest)
                || rest < -1
                || rest > ISocketLeases.Life.ToMicroseconds()
            )
            {
                throw Malformed();
            }

            news.Add((words[i], TimeSpan.FromMicroseconds(rest)));
        }

        return news;
    }

    /// <summary>Deregisters this replica: another may adopt its leases.</summary>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>.</exception>
    public Task LeaveAsync() => CallAsync("leave");

    /// <summary>Runs the script for a replica that does not exist; an error reply counts as an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(CallAsync("probe", "leave", []));

    private async Task EndAsync(string action, SocketLease lease)
    {
        if (Word(await CallAsync(action, lease.DecisionId, lease.Subject)) != "ended")
        {
            throw Malformed();
        }
    }

    private Task<RedisResult> CallAsync(string action, params RedisValue[] arguments) => CallAsync(Replica, action, arguments);

    private Task<RedisResult> CallAsync(string replica, string action, RedisValue[] arguments) =>
        _script.EvaluateAsync(_prefix, [action, replica, ISocketLeases.Life.ToMicroseconds(), clock is null ? "" : clock(), .. arguments]);

    private static string? Word(RedisResult result) => result.IsNull ? null : (string?)result;

    private static InvalidDataException Malformed() => new("Redis returned a malformed answer.");
}

using System.Globalization;
using AuthSidecar.Pipeline;
using AuthSidecar.Redis;
using StackExchange.Redis;

namespace AuthSidecar.SocketLeases;

/// <summary>What renewing a lease that replicas share came to.</summary>
internal enum RenewAnswer
{
    /// <summary>It belongs to this replica.</summary>
    Mine,

    /// <summary>It belongs to this replica from now on: nobody knew of it, or its replica is gone.</summary>
    Adopted,

    /// <summary>It belongs to another replica.</summary>
    Other,

    /// <summary>It was ended before.</summary>
    Ended,
}

/// <summary>The leases that replicas share: one call of one script for each word of a socket, by the clock of Redis.</summary>
/// <param name="redis">Where they are.</param>
/// <param name="clock">Microseconds to count by instead, in tests; null: those of Redis.</param>
internal sealed class LeaseScript(RedisConnection redis, Func<long>? clock = null)
{
    private const int MostMail = 1000;

    // In braces, so that all keys are in one slot of a cluster.
    private static readonly RedisKey[] _prefix = ["authsidecar:{sockets}:"];

    // Longer than the pause between two signs of life, and shorter than a lease, so that a dead replica's sockets are taken over before they lapse.
    private static readonly TimeSpan _presence = TimeSpan.FromSeconds(30);

    private readonly RedisScript _script = new(redis, "socket_leases.lua");

    /// <summary>Names this process; another one after a restart.</summary>
    public string Replica { get; } = Guid.NewGuid().ToString("N");

    /// <returns>Null: Redis knows nothing of this replica, and so perhaps not of its leases.</returns>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>, and so on.</exception>
    /// <exception cref="InvalidDataException">Its answer cannot be right.</exception>
    public async Task<LeaseVerdict?> TakeAsync(SocketLease lease, SocketCaps caps) =>
        Word(await CallAsync("take", lease.DecisionId, lease.Subject, caps.PerUser, caps.PerReplica)) switch
        {
            "taken" => LeaseVerdict.Taken,
            "user" when caps.PerUser > 0 => LeaseVerdict.UserIsFull,
            "replica" when caps.PerReplica > 0 => LeaseVerdict.ReplicaIsFull,
            "absent" => null,
            _ => throw Nonsense(),
        };

    /// <param name="lease">Which.</param>
    /// <param name="rest">How long it counts from now on; never shortened.</param>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>, and so on.</exception>
    public async Task<RenewAnswer> RenewAsync(SocketLease lease, TimeSpan rest) =>
        Word(await CallAsync("renew", lease.DecisionId, lease.Subject, Microseconds(rest))) switch
        {
            "mine" => RenewAnswer.Mine,
            "adopted" => RenewAnswer.Adopted,
            "other" => RenewAnswer.Other,
            "ended" => RenewAnswer.Ended,
            _ => throw Nonsense(),
        };

    /// <exception cref="RedisException">As <see cref="TakeAsync"/>, and so on.</exception>
    public async Task EndAsync(SocketLease lease)
    {
        if (Word(await CallAsync("finish", lease.DecisionId, lease.Subject)) != "ended")
        {
            throw Nonsense();
        }
    }

    /// <summary>A sign of life, and what other replicas did meanwhile to leases of this one.</summary>
    /// <param name="isTold">All leases of this replica were just told: it may appear anew.</param>
    /// <returns>Decision ids, each with the time that it still counts, zero when it is not this replica's, or less when it was ended. Null as of <see cref="TakeAsync"/>.</returns>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>, and so on.</exception>
    public async Task<IReadOnlyList<(string DecisionId, TimeSpan Left)>?> AppearAsync(bool isTold)
    {
        var words = (string[]?)await CallAsync("appear", Microseconds(_presence), isTold ? "1" : "0", isTold ? 0 : MostMail);
        if (words is ["absent"])
        {
            return null;
        }

        if (words is not ["present", ..] || words.Length % 2 == 0)
        {
            throw Nonsense();
        }

        var news = new List<(string, TimeSpan)>(words.Length / 2);
        for (var i = 1; i < words.Length; i += 2)
        {
            if (!long.TryParse(words[i + 1], CultureInfo.InvariantCulture, out var rest) || rest < -1 || rest > Microseconds(ISocketLeases.Life))
            {
                throw Nonsense();
            }

            news.Add((words[i], TimeSpan.FromMicroseconds(rest)));
        }

        return news;
    }

    /// <summary>The last sign of life: whoever renews its leases may have them.</summary>
    /// <exception cref="RedisException">As <see cref="TakeAsync"/>, and so on.</exception>
    public Task LeaveAsync() => CallAsync("leave");

    /// <summary>The whole way, for a replica that is none; a refusal is an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(CallAsync("probe", "leave", []));

    private Task<RedisResult> CallAsync(string action, params RedisValue[] arguments) => CallAsync(Replica, action, arguments);

    private Task<RedisResult> CallAsync(string replica, string action, RedisValue[] arguments) =>
        _script.EvaluateAsync(_prefix, [action, replica, Microseconds(ISocketLeases.Life), clock is null ? "" : clock(), .. arguments]);

    private static string? Word(RedisResult result) => result.IsNull ? null : (string?)result;

    private static long Microseconds(TimeSpan span) => (span.Ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond;

    private static InvalidDataException Nonsense() => new("Redis gave an answer that cannot be right.");
}

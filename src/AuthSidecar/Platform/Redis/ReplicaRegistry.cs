using System.Globalization;
using AuthSidecar.Decisions.Text;
using StackExchange.Redis;

namespace AuthSidecar.Platform.Redis;

/// <summary>
/// The replicas that use this Redis, as known from their heartbeats, and whether Redis still has what was counted. Without Redis, or
/// after it has lost its data, each replica uses its share of a limit.
/// </summary>
internal sealed partial class ReplicaRegistry
{
    /// <summary>Expiry of a replica without a heartbeat.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    // The tag of the windows: both are lost together.
    private static readonly RedisKey[] _keys = ["authsidecar:{limits}:replicas", "authsidecar:{limits}:epoch"];

    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly Lock _lock = new();
    private readonly RedisConnection _redis;
    private readonly RedisScript _script;
    private readonly TimeProvider _time;
    private readonly ILogger<ReplicaRegistry> _logger;
    private readonly Func<long>? _clock;
    private string? _epoch;

    // 0: never.
    private long _lostAt;
    private volatile int _count = 1;
    private volatile int _seenLosses;

    /// <param name="redis">The connection.</param>
    /// <param name="time">The clock of this process.</param>
    /// <param name="logger">The log.</param>
    /// <param name="clock">Replaces the clock of Redis in tests, in microseconds.</param>
    public ReplicaRegistry(RedisConnection redis, TimeProvider time, ILogger<ReplicaRegistry> logger, Func<long>? clock = null)
    {
        (_redis, _time, _logger, _clock) = (redis, time, logger, clock);
        _script = new(redis, "replicas.lua");
    }

    /// <summary>Number of replicas, this one included, when Redis last answered; 1 before.</summary>
    public int Count => _count;

    public RedisPulse Pulse => _script.Pulse;

    /// <summary>A replica's share, rounded up.</summary>
    public static long Share(long whole, int replicas) => whole <= 0 ? whole : ((whole - 1) / replicas) + 1;

    /// <summary>
    /// True while Redis may lack counts of the past <paramref name="window"/>: it lost its data, or a lost connection may mean that it did.
    /// </summary>
    public bool MayLack(TimeSpan window) => _redis.Losses != _seenLosses || HasLostIn(window);

    /// <summary>Heartbeat.</summary>
    /// <exception cref="RedisException">As of <see cref="RedisScript.EvaluateAsync"/>.</exception>
    /// <exception cref="InvalidDataException">The reply is malformed.</exception>
    public async Task AnnounceAsync()
    {
        // Read first: a connection that is lost meanwhile stays in doubt.
        var losses = _redis.Losses;
        if (
            (string?[]?)await CallAsync("announce") is not [{ } number, { Length: > 0 } epoch]
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count < 1
        )
        {
            throw new InvalidDataException("Redis returned a malformed reply.");
        }

        lock (_lock)
        {
            if (_epoch is not null && _epoch != epoch)
            {
                Volatile.Write(ref _lostAt, _time.GetTimestamp());
                LogLost();
            }

            // The others announce themselves to an empty Redis later.
            (_epoch, _count, _seenLosses) = (epoch, HasLostIn(Life) ? Math.Max(_count, count) : count, losses);
        }
    }

    /// <summary>Runs the script; an error reply counts as an answer.</summary>
    public Task ProbeAsync() => RedisRefusal.IgnoreAsync(AnnounceAsync());

    /// <summary>The others no longer count this replica.</summary>
    /// <exception cref="RedisException">As <see cref="AnnounceAsync"/>.</exception>
    public Task LeaveAsync() => CallAsync("leave");

    private bool HasLostIn(TimeSpan past) => Volatile.Read(ref _lostAt) is > 0 and var at && _time.GetElapsedTime(at) < past;

    private Task<RedisResult> CallAsync(string action)
    {
        RedisValue[] values = [action, _id, Life.ToMicroseconds(), Guid.NewGuid().ToString("N")];
        return _script.EvaluateAsync(_keys, _clock is null ? values : [.. values, _clock()]);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis lost its data; each replica keeps to its share of a limit for one window.")]
    private partial void LogLost();
}

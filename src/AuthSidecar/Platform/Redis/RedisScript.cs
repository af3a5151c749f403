using StackExchange.Redis;

namespace AuthSidecar.Platform.Redis;

/// <summary>An embedded Lua script. The client calls it by hash, and loads it into servers that lack it.</summary>
/// <param name="redis">The connection.</param>
/// <param name="resource">Resource name.</param>
internal sealed class RedisScript(RedisConnection redis, string resource)
{
    private readonly string _text = Read(resource);

    public RedisPulse Pulse { get; } = new();

    /// <param name="keys">Keys with one hash tag, as a cluster requires.</param>
    /// <param name="values">The arguments.</param>
    /// <exception cref="RedisException">Redis does not answer, or returns an error.</exception>
    /// <exception cref="RedisCommandException">No server can be called.</exception>
    /// <exception cref="TimeoutException">Redis did not answer.</exception>
    /// <exception cref="InvalidOperationException">Not connected yet.</exception>
    public async Task<RedisResult> EvaluateAsync(RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            // Not a replica, which could count separately or reject writes.
            var result = await redis.Database.ScriptEvaluateAsync(_text, keys, values, CommandFlags.DemandMaster);
            Pulse.CountAnswer();
            redis.Health.Succeed();
            return result;
        }
        catch (RedisException fault)
        {
            if (fault is RedisServerException)
            {
                Pulse.CountAnswer();
            }

            redis.Health.Fail(fault);
            throw;
        }
    }

    private static string Read(string resource)
    {
        using var stream = typeof(RedisScript).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

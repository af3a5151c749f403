using StackExchange.Redis;

namespace AuthSidecar.Redis;

/// <summary>A Lua script among the program's resources. The client calls it by its hash, and loads it into each Redis that does not know it, or no longer does.</summary>
/// <param name="redis">Where it runs.</param>
/// <param name="resource">Its name.</param>
internal sealed class RedisScript(RedisConnection redis, string resource)
{
    private readonly string _text = Read(resource);

    /// <param name="keys">In one hash tag, or a cluster refuses them.</param>
    /// <param name="values">The arguments.</param>
    /// <exception cref="RedisException">Redis does not answer, or refuses.</exception>
    /// <exception cref="RedisCommandException">No server may be called.</exception>
    /// <exception cref="TimeoutException">Redis did not answer.</exception>
    /// <exception cref="InvalidOperationException">It was not reached yet.</exception>
    public async Task<RedisResult> EvaluateAsync(RedisKey[] keys, RedisValue[] values)
    {
        try
        {
            // A replica could count apart, or refuse as if Redis were there.
            var result = await redis.Database.ScriptEvaluateAsync(_text, keys, values, CommandFlags.DemandMaster);
            redis.Health.Succeed();
            return result;
        }
        catch (RedisException fault)
        {
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

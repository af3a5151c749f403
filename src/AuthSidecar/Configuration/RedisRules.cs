using AuthSidecar.Redis;

namespace AuthSidecar.Configuration;

/// <summary>Whether the address of Redis can be read. What is wrong with it is told without its text, which holds a password.</summary>
internal static class RedisRules
{
    public static void Check(RedisOptions redis, Problems problems)
    {
        if (redis.ConnectionString is { } text && RedisAddress.Parse(text) is null)
        {
            problems.Error("Redis:ConnectionString", "must be HOST:PORT, several separated by commas, then options such as password=…,ssl=true; a URL is not one");
        }
    }
}

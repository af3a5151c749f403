using AuthSidecar.Platform.Configuration;
using StackExchange.Redis;

namespace AuthSidecar.Platform.Redis;

/// <summary>Checks the address of Redis. Errors do not quote it, because it holds a password.</summary>
internal static class RedisRules
{
    private const string Path = "Redis:ConnectionString";

    public static void Check(RedisOptions redis, ConfigurationErrors problems)
    {
        if (redis.ConnectionString is not { } text)
        {
            return;
        }

        if (RedisAddress.Parse(text) is not { } address)
        {
            problems.Error(
                Path,
                "must be HOST:PORT, several separated by commas, then options such as user=…,password=…,ssl=true; or a URL such as "
                    + "rediss://USER:PASSWORD@HOST:PORT"
            );
        }
        else if (address.Proxy != Proxy.None)
        {
            problems.Error(Path, "must not name a proxy, through which replicas cannot exchange messages");
        }
        else if (address is { DefaultDatabase: > 0, EndPoints.Count: > 1, ServiceName: null or "" })
        {
            problems.Warn(Path, "has several addresses and a defaultDatabase: a Redis Cluster has only database 0");
        }
    }
}

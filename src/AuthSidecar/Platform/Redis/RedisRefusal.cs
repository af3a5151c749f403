using StackExchange.Redis;

namespace AuthSidecar.Platform.Redis;

/// <summary>An error reply or a malformed answer. It concerns one request, so the circuit stays closed for the others.</summary>
internal static class RedisRefusal
{
    public static bool Is(Exception fault) => fault is RedisServerException or InvalidDataException;

    /// <summary>Completes when Redis answers, even with an error.</summary>
    public static async Task IgnoreAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception fault) when (Is(fault))
        {
            // Otherwise a feature that is always rejected would keep the circuit open for all.
        }
    }
}

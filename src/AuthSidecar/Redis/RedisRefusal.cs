using StackExchange.Redis;

namespace AuthSidecar.Redis;

/// <summary>A call that Redis answered with an error or with nonsense. Redis is there: such an answer is that of one request, and the circuit stays closed for the others.</summary>
internal static class RedisRefusal
{
    public static bool Is(Exception fault) => fault is RedisServerException or InvalidDataException;

    /// <summary>Completes when Redis answers, be it with a refusal.</summary>
    public static async Task IgnoreAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (Exception fault) when (Is(fault))
        {
            // A feature that is refused for good would otherwise keep the circuit of all of them open.
        }
    }
}

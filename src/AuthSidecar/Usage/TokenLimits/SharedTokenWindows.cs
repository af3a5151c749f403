using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Redis;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>
/// Windows of tokens shared by replicas. Without an answer of Redis, a replica allows at most its share of each limit, counting what it
/// allowed in the window; after Redis lost its data, it keeps to that share for one window beside Redis' verdict.
/// </summary>
internal sealed class SharedTokenWindows(
    MemoryTokenWindows local,
    TokenScript script,
    RedisCircuitBreaker breaker,
    ReplicaRegistry replicas,
    TokenMetrics metrics
) : ITokenWindows
{
    // A script holds up Redis for all others.
    private const int MostAtOnce = 256;

    public ValueTask<TokenAnswer> ReserveAsync(string decisionId, long tokens, TokenBucket[] buckets, RedisDownAnswer whenRedisIsDown) =>
        breaker.IsAvailable
            ? new(ReserveThereAsync(decisionId, tokens, buckets, whenRedisIsDown))
            : new(WithoutRedis(decisionId, tokens, buckets, whenRedisIsDown));

    public void Settle(IReadOnlyList<(string DecisionId, long Tokens)> counts)
    {
        local.Settle(counts);
        foreach (var some in counts.Chunk(MostAtOnce))
        {
            _ = SendAsync(() => script.SettleAsync(some));
        }
    }

    public void Release(string decisionId)
    {
        local.Release(decisionId);
        _ = SendAsync(() => script.ReleaseAsync(decisionId));
    }

    private async Task<TokenAnswer> ReserveThereAsync(
        string decisionId,
        long tokens,
        TokenBucket[] buckets,
        RedisDownAnswer whenRedisIsDown
    )
    {
        // Noted first: without an answer it counts against this replica's share.
        if (!Array.Exists(buckets, bucket => replicas.MayLack(bucket.Window)))
        {
            local.Note(decisionId, tokens, buckets);
        }
        else if (local.Reserve(decisionId, tokens, buckets, replicas.Count) is { Verdict: not TokenVerdict.Reserved } denied)
        {
            return denied;
        }

        try
        {
            var answer = await breaker.WaitAsync(script.ReserveAsync(decisionId, tokens, buckets), script.Pulse);
            if (answer.Verdict != TokenVerdict.Reserved)
            {
                local.Release(decisionId);
            }

            return answer;
        }
        catch (Exception fault)
        {
            // Redis may still reserve for a late request: that uses tokens, but allows nothing twice.
            breaker.Trip(fault);
            local.Release(decisionId);
            return WithoutRedis(
                decisionId,
                tokens,
                buckets,
                whenRedisIsDown == RedisDownAnswer.Allow && RedisRefusal.Is(fault) ? RedisDownAnswer.FallbackLocal : whenRedisIsDown
            );
        }
    }

    private TokenAnswer WithoutRedis(string decisionId, long tokens, TokenBucket[] buckets, RedisDownAnswer whenRedisIsDown)
    {
        metrics.CountWithoutRedis(whenRedisIsDown);
        return whenRedisIsDown switch
        {
            RedisDownAnswer.FallbackLocal => local.Reserve(decisionId, tokens, buckets, replicas.Count),
            RedisDownAnswer.Allow => new(TokenVerdict.Uncounted),
            _ => default,
        };
    }

    // Without Redis the estimate stays there until it leaves the window.
    private async Task SendAsync(Func<Task> send)
    {
        if (!breaker.IsAvailable)
        {
            return;
        }

        try
        {
            await breaker.WaitAsync(send(), script.Pulse);
        }
        catch (Exception fault)
        {
            breaker.Trip(fault);
        }
    }
}

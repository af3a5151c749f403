using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>Selects a caller's limits from the current settings and counts a request against them.</summary>
internal sealed class RequestLimits(IRateLimiter limiter, LiveOptions<LimitsOptions> options, LimitMetrics metrics)
{
    /// <summary>Counts one request, once.</summary>
    /// <param name="identity">The caller.</param>
    /// <param name="policy">The policy; null for calls of the companion listener.</param>
    /// <param name="models">The models that the request names, where models have limits.</param>
    /// <param name="chargeId">Names a request that can be repeated; null: it cannot.</param>
    public ValueTask<LimitAnswer> CountAsync(Identity identity, Policy? policy, IReadOnlyList<string> models, string? chargeId = null)
    {
        var limits = options.Current;
        var buckets = BucketsOf(identity, policy, limits, models);
        if (buckets.Length == 0)
        {
            return new(LimitAnswer.Uncounted);
        }

        var pending = limiter.CountAsync(buckets, policy?.Options.Limit?.WhenRedisIsDown ?? limits.WhenRedisIsDown, chargeId);
        return pending.IsCompletedSuccessfully ? new(Note(pending.Result, policy)) : AwaitAsync(pending, policy);
    }

    /// <summary>The key's own limit, else the policy's, else the default one; plus those of models, user and tenant.</summary>
    public static Bucket[] BucketsOf(Identity identity, Policy? policy, LimitsOptions limits, IReadOnlyList<string> models)
    {
        var (permits, window, countsFor) = (identity.Limit, policy?.Options.Limit) switch
        {
            ({ } ofKey, _) => (ofKey.Permits, ofKey.Window, ""),
            (_, { } ofPolicy) => (ofPolicy.Permits, ofPolicy.Window, policy!.Name),
            _ => (limits.DefaultPermits, limits.DefaultWindow, ""),
        };
        var own = new Bucket(BucketName.OwnOf(identity, countsFor), permits, window);
        if (models.Count == 0 && limits is { UserPermits: 0, TenantPermits: 0 })
        {
            return permits > 0 ? [own] : [];
        }

        var buckets = new List<Bucket>(3);
        Add(own);
        foreach (var (name, limit) in ModelBuckets.Of(identity, policy, models, limit => limit.Permits is not null))
        {
            Add(new(name, limit.Permits!.Value, limit.Window));
        }

        Add(new(BucketName.UserOf(identity), limits.UserPermits, limits.DefaultWindow));
        Add(new(BucketName.TenantOf(identity), limits.TenantPermits, limits.DefaultWindow));
        return [.. buckets];

        void Add(Bucket bucket)
        {
            if (bucket.Permits > 0 && bucket.Name.Owner.Length > 0)
            {
                buckets.Add(bucket);
            }
        }
    }

    /// <summary>The bucket that <see cref="LimitAnswer.Full"/> names; null: the settings have changed since.</summary>
    public Bucket? FullBucketOf(LimitAnswer answer, Identity identity, Policy? policy, IReadOnlyList<string> models) =>
        BucketsOf(identity, policy, options.Current, models) is var buckets && answer.Full < buckets.Length ? buckets[answer.Full] : null;

    private async ValueTask<LimitAnswer> AwaitAsync(ValueTask<LimitAnswer> pending, Policy? policy) => Note(await pending, policy);

    private LimitAnswer Note(LimitAnswer answer, Policy? policy)
    {
        if (answer.Verdict == LimitVerdict.Denied)
        {
            metrics.CountLimited(policy?.Name ?? "");
        }

        return answer;
    }
}

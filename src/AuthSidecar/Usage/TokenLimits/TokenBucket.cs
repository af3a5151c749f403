using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Usage.TokenLimits;

/// <summary>At most <paramref name="Tokens"/> (1 or more) tokens in any <paramref name="Window"/>.</summary>
internal readonly record struct TokenBucket(BucketName Name, long Tokens, TimeSpan Window);

/// <summary>Selects the buckets in which a caller's tokens count.</summary>
internal static class TokenBuckets
{
    /// <summary>The key's own limit, else the policy's, else the default one; plus those of models, user and tenant.</summary>
    public static TokenBucket[] Of(Identity identity, Policy policy, LimitsOptions limits, IReadOnlyList<string> models)
    {
        var (tokens, window, countsFor) = (identity.TokenLimit, policy.Options.Limit) switch
        {
            ({ } ofKey, _) => (ofKey.Tokens, ofKey.Window, ""),
            (_, { } ofPolicy) => (ofPolicy.Tokens, ofPolicy.TokenWindow, policy.Name),
            _ => (limits.DefaultTokens, limits.DefaultTokenWindow, ""),
        };
        if (tokens == 0 && models.Count == 0 && limits is { UserTokens: 0, TenantTokens: 0 })
        {
            return [];
        }

        var buckets = new List<TokenBucket>(3);
        Add(new(BucketName.OwnOf(identity, countsFor), tokens, window));
        foreach (var (name, limit) in ModelBuckets.Of(identity, policy, models, limit => limit.Tokens is not null))
        {
            Add(new(name, limit.Tokens!.Value, limit.TokenWindow));
        }

        Add(new(BucketName.UserOf(identity), limits.UserTokens, limits.DefaultTokenWindow));
        Add(new(BucketName.TenantOf(identity), limits.TenantTokens, limits.DefaultTokenWindow));
        return [.. buckets];

        void Add(TokenBucket bucket)
        {
            if (bucket is { Tokens: > 0, Name.Owner.Length: > 0 })
            {
                buckets.Add(bucket);
            }
        }
    }
}

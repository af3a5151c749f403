using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>At most <paramref name="Most"/> (1 or more) requests of <paramref name="Name"/> run at a time.</summary>
internal readonly record struct OwnerCap(BucketName Name, int Most);

/// <summary>Selects the caps of a caller's running requests.</summary>
internal static class ParallelCaps
{
    /// <summary>The key's own cap, else the policy's, else the default one; plus those of models, user and tenant.</summary>
    public static OwnerCap[] Of(Identity identity, Policy policy, LimitsOptions limits, IReadOnlyList<string> models)
    {
        var (most, countsFor) = (identity.Parallel, policy.Options.Limit) switch
        {
            ({ } ofKey, _) => (ofKey, ""),
            (_, { } ofPolicy) => (ofPolicy.Parallel, policy.Name),
            _ => (limits.DefaultParallel, ""),
        };
        if (most == 0 && models.Count == 0 && limits is { UserParallel: 0, TenantParallel: 0 })
        {
            return [];
        }

        var caps = new List<OwnerCap>(3);
        Add(new(BucketName.OwnOf(identity, countsFor), most));
        foreach (var (name, limit) in ModelBuckets.Of(identity, policy, models, limit => limit.Parallel is not null))
        {
            Add(new(name, limit.Parallel!.Value));
        }

        Add(new(BucketName.UserOf(identity), limits.UserParallel));
        Add(new(BucketName.TenantOf(identity), limits.TenantParallel));
        return [.. caps];

        void Add(OwnerCap cap)
        {
            if (cap is { Most: > 0, Name.Owner.Length: > 0 })
            {
                caps.Add(cap);
            }
        }
    }
}

namespace AuthSidecar.RateLimiting;

/// <summary>Whose requests a bucket counts. The order is the order in which buckets are locked.</summary>
internal enum BucketKind
{
    /// <summary>A key's, however it was presented.</summary>
    Key,

    /// <summary>A subject's whose credential has no id.</summary>
    Subject,
    User,
    Tenant,

    /// <summary>Failed authentications of an address.</summary>
    Address,
}

/// <summary>Names one count of requests.</summary>
/// <param name="Kind">What <paramref name="Owner"/> is.</param>
/// <param name="Policy">The policy that counts for itself; empty: all others together.</param>
/// <param name="Owner">Id of the key, user or tenant, or the subject.</param>
internal readonly record struct BucketName(BucketKind Kind, string Policy, string Owner);

/// <summary>At most <paramref name="Permits"/> (1 or more) requests in any <paramref name="Window"/>.</summary>
internal readonly record struct Bucket(BucketName Name, int Permits, TimeSpan Window);

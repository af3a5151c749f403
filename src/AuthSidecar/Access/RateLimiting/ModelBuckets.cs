using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>Selects the limits of models in which a request counts.</summary>
internal static class ModelBuckets
{
    /// <summary>Of each model the key's limit, else the policy's; each bucket once, in the order of its names.</summary>
    /// <param name="identity">The caller.</param>
    /// <param name="policy">The policy; null: none.</param>
    /// <param name="models">The models that the request names.</param>
    /// <param name="isLimit">Accepts limits of the wanted kind.</param>
    public static IEnumerable<(BucketName Name, ModelLimit Limit)> Of(
        Identity identity,
        Policy? policy,
        IReadOnlyList<string> models,
        Func<ModelLimit, bool> isLimit
    )
    {
        if (models.Count == 0)
        {
            return [];
        }

        return models
            .Select(model => Find(identity, policy, model, isLimit))
            .OfType<(BucketName Name, ModelLimit Limit)>()
            .DistinctBy(found => found.Name)
            .OrderBy(found => found.Name.Model, StringComparer.Ordinal)
            .ThenBy(found => found.Name.Policy, StringComparer.Ordinal);
    }

    private static (BucketName, ModelLimit)? Find(Identity identity, Policy? policy, string model, Func<ModelLimit, bool> isLimit) =>
        identity.ModelLimits?.Find(model) is { } ofKey && isLimit(ofKey) ? (BucketName.OwnOf(identity, "", ofKey.Glob), ofKey)
        : policy?.ModelLimits?.Find(model) is { } ofPolicy && isLimit(ofPolicy)
            ? (BucketName.OwnOf(identity, policy.Name, ofPolicy.Glob), ofPolicy)
        : null;
}

using AuthSidecar.Changes;

namespace AuthSidecar.Budgets;

/// <summary>
/// What a request will probably cost: a moving average of what the last ones of the same key under the same policy have cost, or else of the policy's, or else a cent. In bounded memory.
/// </summary>
internal sealed class CostEstimates
{
    /// <summary>Of what nothing is known.</summary>
    public const long DefaultMicros = 10_000;

    private const int MostKeys = 65_536;
    private const int MostPolicies = 1024;

    // A new cost counts as one of eight.
    private const double Weight = 0.125;

    private readonly Lock _learning = new();
    private readonly ClockMap<(string Policy, string KeyId), Average> _ofKeys = new(MostKeys);
    private readonly ClockMap<string, Average> _ofPolicies = new(MostPolicies);

    /// <returns>Millionths of the currency, at least 1.</returns>
    public long Of(string policy, string keyId) =>
        Math.Max(1, (_ofKeys.Find((policy, keyId)) ?? _ofPolicies.Find(policy))?.Micros ?? DefaultMicros);

    public void Learn(string policy, string keyId, long micros)
    {
        lock (_learning)
        {
            Learn(_ofPolicies, policy, micros);
            Learn(_ofKeys, (policy, keyId), micros);
        }
    }

    private static void Learn<TKey>(ClockMap<TKey, Average> averages, TKey key, long micros)
        where TKey : notnull
    {
        var known = averages.Find(key);
        averages.Set(key, new(known is null ? micros : known.Exact + ((micros - known.Exact) * Weight)));
    }

    private sealed record Average(double Exact)
    {
        public long Micros => (long)Math.Ceiling(Exact);
    }
}

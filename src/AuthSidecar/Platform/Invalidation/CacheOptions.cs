using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Section <c>Cache</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>Lifetime of a found key, never beyond its expiry; 00:00:00: not cached.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan PositiveTtl { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Lifetime of an unknown token.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Lifetime of a positive answer about an app.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan VerdictTtl { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Entries of each cache, positive and negative each.</summary>
    [Range(1, 100_000_000)]
    public int Capacity { get; set; } = 100_000;

    /// <summary>
    /// Time that cached entries are used while no source of invalidations answers, and beyond their lifetime while the store does not
    /// answer; after that 503.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromSeconds(30);
}

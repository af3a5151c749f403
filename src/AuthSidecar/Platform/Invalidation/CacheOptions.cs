using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>Section <c>Cache</c>.</summary>
internal sealed class CacheOptions
{
    /// <summary>How long a key that was found stays known, never beyond its expiry; 00:00:00: not at all.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan PositiveTtl { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a token that was not found stays unknown.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an app's yes stays known.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan VerdictTtl { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Entries kept, positive and negative each.</summary>
    [Range(1, 100_000_000)]
    public int Capacity { get; set; } = 100_000;

    /// <summary>How long hits count while no source of revocations answers; then 503.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromSeconds(30);
}

namespace AuthSidecar.Authentication;

/// <summary>Section <c>Cache</c>.</summary>
internal sealed class CacheOptions
{
    public TimeSpan PositiveTtl { get; set; } = TimeSpan.FromSeconds(60);
    public TimeSpan NegativeTtl { get; set; } = TimeSpan.FromSeconds(10);
    public TimeSpan VerdictTtl { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Entries kept, positive and negative each.</summary>
    public int Capacity { get; set; } = 100_000;

    /// <summary>How long hits count while no source of revocations answers; then 503.</summary>
    public TimeSpan MaxStaleness { get; set; } = TimeSpan.FromSeconds(30);
}

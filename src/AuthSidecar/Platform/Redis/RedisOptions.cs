using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Redis;

/// <summary>Section <c>Redis</c>; empty: limits and caches stay in this process.</summary>
internal sealed class RedisOptions
{
    /// <summary>Where Redis is; empty: not used.</summary>
    public Secret? ConnectionString { get; set; }
}

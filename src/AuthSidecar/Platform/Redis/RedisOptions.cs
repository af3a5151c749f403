using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Redis;

/// <summary>Section <c>Redis</c>; empty: limits and caches are local to this process.</summary>
internal sealed class RedisOptions
{
    /// <summary>Addresses or URL of Redis. Empty: not used.</summary>
    public Secret? ConnectionString { get; set; }
}

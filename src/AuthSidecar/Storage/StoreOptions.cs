using AuthSidecar.Configuration;

namespace AuthSidecar.Storage;

/// <summary>Section <c>Store</c>. With SQLite an empty connection string is <c>DataDirectory/authsidecar.db</c>.</summary>
internal sealed class StoreOptions
{
    public string Provider { get; set; } = "sqlite";
    public Secret? ConnectionString { get; set; }
}

/// <summary>Section <c>Redis</c>; empty: limits and caches stay in this process.</summary>
internal sealed class RedisOptions
{
    public Secret? ConnectionString { get; set; }
}

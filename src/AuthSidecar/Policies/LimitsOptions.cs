namespace AuthSidecar.Policies;

internal enum RedisDownAnswer
{
    FallbackLocal,
    Deny,
    Allow,
}

internal enum ClientAddressSource
{
    Peer,
    XEnvoyExternalAddress,
}

/// <summary>A policy's own limit; <see cref="Permits"/> 0: none.</summary>
internal sealed class LimitOptions
{
    public int Permits { get; set; } = 60;
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);
    public RedisDownAnswer? WhenRedisIsDown { get; set; }
}

/// <summary>Section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    public int DefaultPermits { get; set; } = 60;
    public TimeSpan DefaultWindow { get; set; } = TimeSpan.FromMinutes(1);
    public int UserPermits { get; set; }
    public int TenantPermits { get; set; }
    public int FailedAuthPerMinute { get; set; } = 30;
    public ClientAddressSource ClientAddress { get; set; } = ClientAddressSource.Peer;
    public RedisDownAnswer WhenRedisIsDown { get; set; } = RedisDownAnswer.FallbackLocal;
    public int WebSocketsPerUser { get; set; } = 16;
    public int WebSocketsPerReplica { get; set; } = 512;
}

/// <summary>Section <c>Apps</c>.</summary>
internal sealed class AppsOptions
{
    public bool HideForeign { get; set; }
    public string AclUri { get; set; } = "";
    public TimeSpan AclTimeout { get; set; } = TimeSpan.FromMilliseconds(150);
}

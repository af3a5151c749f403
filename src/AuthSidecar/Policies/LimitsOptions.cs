using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

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

    [JsonStringEnumMemberName("x-envoy-external-address")]
    XEnvoyExternalAddress,
}

/// <summary>A policy's own limit; <see cref="Permits"/> 0: none.</summary>
internal sealed class LimitOptions
{
    /// <summary>Requests in any window; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int Permits { get; set; } = 60;

    /// <summary>Length of the window.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What to answer while Redis is down; null: as in <c>Limits</c>.</summary>
    public RedisDownAnswer? WhenRedisIsDown { get; set; }
}

/// <summary>Section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    /// <summary>Requests of one key in any window, where a policy says nothing else; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int DefaultPermits { get; set; } = 60;

    /// <summary>Length of that window.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan DefaultWindow { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests of one user in any window, counted beside the key's; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int UserPermits { get; set; }

    /// <summary>Requests of one tenant in any window, counted beside the key's; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int TenantPermits { get; set; }

    /// <summary>Failed authentications of one address in a minute, over which its look-ups are refused; 0: off.</summary>
    [Range(0, int.MaxValue)]
    public int FailedAuthPerMinute { get; set; } = 30;

    /// <summary>Which address that is: Envoy's peer, or what Envoy wrote into <c>x-envoy-external-address</c>.</summary>
    public ClientAddressSource ClientAddress { get; set; } = ClientAddressSource.Peer;

    /// <summary>What to answer while Redis is down: the same limit in this process, a refusal, or a pass.</summary>
    public RedisDownAnswer WhenRedisIsDown { get; set; } = RedisDownAnswer.FallbackLocal;

    /// <summary>Open WebSockets of one user; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int WebSocketsPerUser { get; set; } = 16;

    /// <summary>Open WebSockets through one replica; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int WebSocketsPerReplica { get; set; } = 512;
}

/// <summary>Section <c>Apps</c>.</summary>
internal sealed class AppsOptions
{
    /// <summary>Answers 404 instead of 403 to those who are not members.</summary>
    public bool HideForeign { get; set; }

    /// <summary>The permission service that policies with <c>Acl: acl</c> ask.</summary>
    public string AclUri { get; set; } = "";

    /// <summary>How long it may take; then 503.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan AclTimeout { get; set; } = TimeSpan.FromMilliseconds(150);
}

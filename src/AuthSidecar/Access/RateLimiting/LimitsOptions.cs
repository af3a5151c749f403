using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>Source of the client address of failed authentications.</summary>
internal enum ClientAddressSource
{
    Peer,

    [JsonStringEnumMemberName("x-envoy-external-address")]
    XEnvoyExternalAddress,
}

/// <summary>Section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    /// <summary>Requests of one key in any window, unless the policy has a limit; 0: no limit.</summary>
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

    /// <summary>Tokens of one key in any window, unless the policy has a limit; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int DefaultTokens { get; set; }

    /// <summary>Length of that window, and of those of users and tenants.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan DefaultTokenWindow { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Tokens of one user in any window, counted beside the key's; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int UserTokens { get; set; }

    /// <summary>Tokens of one tenant in any window, counted beside the key's; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int TenantTokens { get; set; }

    /// <summary>Requests of one key that may run at a time, unless the policy has a limit; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int DefaultParallel { get; set; }

    /// <summary>Requests of one user that may run at a time, counted beside the key's; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int UserParallel { get; set; }

    /// <summary>Requests of one tenant that may run at a time, counted beside the key's; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int TenantParallel { get; set; }

    /// <summary>
    /// Failed authentications of one address (IPv6: of one network of 64 bits) in a minute, above which its lookups are denied; 0: off.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int FailedAuthPerMinute { get; set; } = 30;

    /// <summary>Source of that address: Envoy's peer, or the header <c>x-envoy-external-address</c> that Envoy sets.</summary>
    public ClientAddressSource ClientAddress { get; set; } = ClientAddressSource.Peer;

    /// <summary>Answer while Redis is unavailable: the same limit in this process, a denial, or no limit.</summary>
    public RedisDownAnswer WhenRedisIsDown { get; set; } = RedisDownAnswer.FallbackLocal;

    /// <summary>Open WebSockets of one user; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int WebSocketsPerUser { get; set; } = 16;

    /// <summary>Open WebSockets through one replica; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int WebSocketsPerReplica { get; set; } = 512;
}

using AuthSidecar.Access.RateLimiting;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Limits on open WebSockets.</summary>
/// <param name="PerUser">Per subject, across replicas; 0: no limit.</param>
/// <param name="PerReplica">Per replica; 0: no limit.</param>
internal readonly record struct SocketCaps(int PerUser, int PerReplica)
{
    /// <summary>True when sockets need not be counted.</summary>
    public bool AreOff => this is { PerUser: 0, PerReplica: 0 };

    public static SocketCaps Of(LimitsOptions limits) => new(limits.WebSocketsPerUser, limits.WebSocketsPerReplica);
}

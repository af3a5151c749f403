using AuthSidecar.Policies;

namespace AuthSidecar.SocketLeases;

/// <summary>How many WebSockets may be open.</summary>
/// <param name="PerUser">Of one subject, through all replicas; 0: no limit.</param>
/// <param name="PerReplica">Through one replica; 0: no limit.</param>
internal readonly record struct SocketCaps(int PerUser, int PerReplica)
{
    /// <summary>True when sockets need not be counted.</summary>
    public bool AreOff => this is { PerUser: 0, PerReplica: 0 };

    public static SocketCaps Of(LimitsOptions limits) => new(limits.WebSocketsPerUser, limits.WebSocketsPerReplica);
}

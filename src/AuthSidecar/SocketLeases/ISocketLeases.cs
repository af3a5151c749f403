using AuthSidecar.Pipeline;
using AuthSidecar.Policies;

namespace AuthSidecar.SocketLeases;

/// <summary>
/// Counts open WebSockets by their leases. A lease lives for <see cref="Life"/> and again as long with each renewal; ending one frees its place at once.
/// None of these ever throws.
/// </summary>
internal interface ISocketLeases
{
    /// <summary>How long a socket counts that nobody speaks of.</summary>
    static readonly TimeSpan Life = TimeSpan.FromSeconds(90);

    /// <summary>How many sockets are open through this replica, as far as it knows.</summary>
    int Count { get; }

    /// <summary>Takes a place under both caps, or under none.</summary>
    /// <param name="lease">Whose, and its name: taking one twice counts once.</param>
    /// <param name="caps">How many there may be.</param>
    /// <param name="whenRedisIsDown">The answer of leases that replicas share, while they cannot.</param>
    ValueTask<LeaseVerdict> TakeAsync(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown);

    /// <summary>The socket is still open: counts it for another <see cref="Life"/>, and if nobody knew of it, from now on, whatever the caps say.</summary>
    ValueTask RenewAsync(SocketLease lease);

    /// <summary>The socket is closed. Ending what nobody knows of, or twice, does nothing, and what was ended cannot be renewed.</summary>
    ValueTask EndAsync(SocketLease lease);
}

using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>
/// Counts open WebSockets by their leases. A lease lives for <see cref="Life"/> and again as long with each renewal; ending one frees its
/// slot at once. No method throws.
/// </summary>
internal interface ISocketLeases
{
    /// <summary>Lifetime of a lease without a renewal.</summary>
    static readonly TimeSpan Life = TimeSpan.FromSeconds(90);

    /// <summary>Leases of this replica that have not expired.</summary>
    int Count { get; }

    /// <summary>Takes a slot under both caps, or under neither.</summary>
    /// <param name="lease">The socket and its subject; idempotent.</param>
    /// <param name="caps">The caps in force.</param>
    /// <param name="whenRedisIsDown">The answer of shared leases during an outage.</param>
    ValueTask<LeaseVerdict> TakeAsync(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown);

    /// <summary>
    /// The socket is still open: counts it for another <see cref="Life"/>. An unknown one is adopted, regardless of the caps.
    /// </summary>
    ValueTask RenewAsync(SocketLease lease);

    /// <summary>The socket is closed. Idempotent, also for an unknown lease; an ended lease cannot be renewed.</summary>
    ValueTask EndAsync(SocketLease lease);

    /// <summary>The request was denied after all: as <see cref="EndAsync"/>, unless another replica has the lease for a repeat.</summary>
    ValueTask ReleaseAsync(SocketLease lease);
}

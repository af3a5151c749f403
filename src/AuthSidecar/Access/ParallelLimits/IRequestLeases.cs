using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>Counts running requests by their leases. No method throws.</summary>
internal interface IRequestLeases
{
    /// <summary>
    /// Time after which the lease of a dead replica, or of an open WebSocket without a report, no longer counts.
    /// </summary>
    static readonly TimeSpan Life = TimeSpan.FromSeconds(90);

    /// <summary>Interval in which a replica renews its leases.</summary>
    static readonly TimeSpan RenewalInterval = TimeSpan.FromSeconds(10);

    /// <summary>Leases of this replica that have not expired.</summary>
    int Count { get; }

    /// <summary>Takes one lease of each owner, or none.</summary>
    /// <param name="lease">The request; idempotent.</param>
    /// <param name="whenRedisIsDown">The answer of shared leases during an outage.</param>
    ValueTask<LeaseAnswer> TakeAsync(RequestLease lease, RedisDownAnswer whenRedisIsDown);

    /// <summary>The WebSocket is still open. Nothing happens to an unknown lease.</summary>
    void Renew(string decisionId);

    /// <summary>The request has ended. Idempotent, also for an unknown lease.</summary>
    void End(string decisionId);

    /// <summary>The request was denied after all: as <see cref="End"/>, unless another replica has the lease for a repeat.</summary>
    void Release(string decisionId);
}

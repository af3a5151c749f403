using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Leases of a single replica.</summary>
internal sealed class MemorySocketLeases(LeaseTable table, LeaseMetrics metrics) : ISocketLeases
{
    public int Count => table.Count;

    public ValueTask<LeaseVerdict> TakeAsync(SocketLease lease, SocketCaps caps, RedisDownAnswer whenRedisIsDown) =>
        new(table.Take(lease, caps));

    public ValueTask RenewAsync(SocketLease lease)
    {
        if (table.Renew(lease))
        {
            metrics.CountAdopted();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask EndAsync(SocketLease lease)
    {
        table.End(lease.DecisionId);
        return ValueTask.CompletedTask;
    }

    public ValueTask ReleaseAsync(SocketLease lease) => EndAsync(lease);
}

using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>Leases of a single replica.</summary>
internal sealed class MemoryRequestLeases(RequestLeaseTable table) : IRequestLeases
{
    private static readonly Func<int, int> _whole = cap => cap;

    public int Count => table.Count;

    public ValueTask<LeaseAnswer> TakeAsync(RequestLease lease, RedisDownAnswer whenRedisIsDown) => new(table.Take(lease, _whole));

    public void Renew(string decisionId) => table.Renew(decisionId);

    public void End(string decisionId) => table.End(decisionId);

    public void Release(string decisionId) => table.End(decisionId);
}

using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>Ends the lease of a request that a later step denied: no access log reports its end.</summary>
internal sealed class RequestLeaseReleaser(IRequestLeases leases) : IResourceReleaser
{
    public void Release(CheckContext context)
    {
        if (context.RequestLease is { } lease)
        {
            leases.Release(lease.DecisionId);
        }
    }
}

using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>Ends the lease of a request that a later step denied: no socket opens whose end would free the slot.</summary>
internal sealed class LeaseReleaser(ISocketLeases leases) : IResourceReleaser
{
    public void Release(CheckContext context)
    {
        if (context.SocketLease is { } lease)
        {
            _ = leases.ReleaseAsync(lease).AsTask();
        }
    }
}
